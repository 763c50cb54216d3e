"""The order in which a deployment creates things."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.findings import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What waits for what: `resources` by template and logical id, `templates` by name."""

    resources: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    templates: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def follows(self, subject: Subject, other: Subject) -> bool:
        """Whether `subject` is created only after `other`, directly or through others."""
        if subject.template == other.template:
            waits = self.resources.get(subject.template, {})
            return _reaches(waits, subject.logical_id, other.logical_id)
        return _reaches(self.templates, subject.template, other.template)


def _reaches(waits: Mapping[str, frozenset[str]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for name in waits.get(waiting.pop(), frozenset()):
            if name == goal:
                return True
            if name not in seen:
                seen.add(name)
                waiting.append(name)
    return False
