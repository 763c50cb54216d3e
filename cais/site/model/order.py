"""The order in which a deployment creates things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.findings import Subject


class Order(Struct, frozen=True, kw_only=True):
    """What waits for what: `resources` by template and logical id, `templates` by name.

    `slow` are the resources of each template that take minutes, or nobody knows how long.
    """

    resources: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    templates: Mapping[str, frozenset[str]] = field(default_factory=dict)
    slow: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def follows(self, subject: Subject, other: Subject) -> bool:
        """Whether `subject` is created only after `other`, directly or through others."""
        if subject.template == other.template:
            waits = self.resources.get(subject.template, {})
            return other.logical_id in _before(waits, subject.logical_id)
        return other.template in _before(self.templates, subject.template)

    def waits_long(self, subject: Subject) -> str | None:
        """The first resource of its template by name that `subject` waits for and that takes minutes."""
        before = _before(self.resources.get(subject.template, {}), subject.logical_id)
        return min(self.slow.get(subject.template, frozenset()).intersection(before), default=None)


def _before(waits: Mapping[str, frozenset[str]], start: str) -> Iterator[str]:
    """All that is created before one, directly or through others."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for name in waits.get(waiting.pop(), frozenset()):
            if name not in seen:
                seen.add(name)
                waiting.append(name)
                yield name
