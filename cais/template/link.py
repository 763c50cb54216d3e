"""Links the templates of a deployment: nested stacks to their parents, imports to exports."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from cais.template.given import given
from cais.template.limits import MOST_STACKS
from cais.template.resolve import Stack
from cais.template.shape import OF_SAM
from cais.template.text import cut, describe, means_the_same_everywhere
from cais.template.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.template.document import Template
    from cais.template.source import Source
    from cais.template.values import Leaf, Value
    from cais.template.worlds import World


class Deployment:
    """Every stack of a deployment in one world. `problems` takes what nobody could deploy."""

    def __init__(self, sources: Mapping[str, Source], *, parameters: Mapping[str, str], world: World) -> None:
        self.problems: list[str] = []
        self._world = world
        self._stacks: dict[str, Stack] = {}
        self._exports: dict[str | Leaf, list[tuple[Stack, str]]] | None = None
        self._names = {source.path: name for name, source in sources.items()}
        for name, source in sources.items():
            self._add(source, name=name, given=given(name, source, parameters))

    def resolved(self) -> tuple[Template, ...]:
        """The templates, parents before their nested stacks."""
        return tuple(self._resolve(stack) for stack in self._stacks.values())

    def _resolve(self, stack: Stack) -> Template:
        before = tuple(self._names[path] for path in stack.source.stack.depends_on if path in self._names)
        template = stack.resolved(depends_on=before)
        # What SAM makes of one resource are several, of which only some wait.
        order = TopologicalSorter(
            {
                logical_id: resource.depends_on
                for logical_id, resource in template.resources.items()
                if not resource.type.startswith(OF_SAM)
            }
        )
        try:
            order.prepare()
        except CycleError as error:
            circle = cut(" -> ".join(error.args[1]))
            self.problems.append(f"{stack.source.path}: resources wait in a circle: {circle}; break it")
        return template

    def _add(
        self, source: Source, *, name: str, given: Mapping[str, Any], parent: Stack | None = None
    ) -> Stack | None:
        """Add a stack and those nested in it."""
        if len(self._stacks) >= MOST_STACKS:
            self.problems.append(f"{source.path}: is one of more than {MOST_STACKS} stacks; name fewer")
            return None
        stack = self._stacks[name] = Stack(
            source,
            name=name,
            world=self._world,
            given=given,
            imports=self._imported,
            problems=self.problems,
            parent=parent,
        )
        for logical_id, child in source.nested.items():
            self._add_nested(stack, logical_id, child)
        return stack

    def _add_nested(self, parent: Stack, logical_id: str, child: Source) -> None:
        raw = parent.source.section("Resources")[logical_id]
        parameters = raw.get("Properties", {}).get("Parameters")
        if parent.exists(raw):
            stack = self._add(
                child,
                name=self._unused(child.path.name, logical_id),
                given=parameters if isinstance(parameters, dict) else {},
                parent=parent,
            )
            if stack:
                parent.nested[logical_id] = stack

    def _unused(self, name: str, logical_id: str) -> str:
        """A name for a nested stack: its file's, with the logical ids above it where that is taken."""
        while name in self._stacks:
            name = f"{name} ({logical_id})"
        return name

    def _imported(self, export: str | Leaf) -> Value:
        if self._exports is None:
            self._exports = {}
            self._collect_exports(self._exports)
        found = self._exports.get(export, [])
        if len(found) == 1:
            stack, output = found[0]
            return stack.output(output)
        makers = "several templates make" if found else "no template here makes"
        return Unknown(f'export "{describe(export)}", which {makers}')

    def _collect_exports(self, exports: dict[str | Leaf, list[tuple[Stack, str]]]) -> None:
        for stack in self._stacks.values():
            for name, output in stack.exports():
                if means_the_same_everywhere(name):
                    exports.setdefault(name, []).append((stack, output))
