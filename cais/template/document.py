"""Templates as values: an assembly is some templates that are deployed together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cais.template.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource, its properties resolved.

    `template` is the name of its template (the file name), `construct_path` is CDK's, where there is one.
    `depends_on` holds logical ids of the same template: the explicit DependsOn and every resource that the
    properties refer to.
    """

    template: str
    logical_id: str
    type: str
    properties: Mapping[str, Value]
    depends_on: frozenset[str] = frozenset()
    construct_path: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template, resolved. Resources whose condition is false are not in it."""

    name: str
    path: Path | None
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """The templates of one folder or command line, in one *world*.

    Conditions that cannot be decided make several worlds, one for each way they can turn out; `assumptions`
    then says which one this is ("condition HasCertificate is true"), and a verdict holds only where it
    holds in every world.
    """

    templates: tuple[Template, ...]
    assumptions: tuple[str, ...] = ()

    def resources(self, *types: str) -> Iterator[Resource]:
        """Every resource of one of these types, in the order of the templates."""
        for template in self.templates:
            for resource in template.resources.values():
                if resource.type in types:
                    yield resource
