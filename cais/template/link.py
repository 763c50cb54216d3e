"""Links the templates of a deployment: nested stacks to their parents, imports to exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.template.resolve import Stack
from cais.template.text import describe
from cais.template.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cais.template.collect import Collection
    from cais.template.document import Template
    from cais.template.source import Source
    from cais.template.values import Leaf, Value
    from cais.template.worlds import World

MOST_STACKS = 500


class Deployment:
    """Every stack of a collection in one world."""

    def __init__(self, collection: Collection, *, world: World) -> None:
        self.problems: list[str] = []
        self._world = world
        self._stacks: list[Stack] = []
        self._exports: dict[str | Leaf, list[tuple[Stack, str]]] | None = None
        for source in collection.sources:
            self._add(source, name=source.name, given=_given(source, collection.parameters))

    def resolved(self) -> tuple[Template, ...]:
        """The templates, parents before their nested stacks."""
        return tuple(stack.resolved() for stack in self._stacks)

    def _add(self, source: Source, *, name: str, given: Mapping[str, Callable[[], Value]]) -> Stack:
        stack = Stack(
            source, name=name, world=self._world, given=given, imports=self._imported, problems=self.problems
        )
        self._stacks.append(stack)
        return stack

    def _imported(self, importer: Stack, export: str | Leaf) -> Value:
        if self._exports is None:
            self._exports = {}
            for stack in self._stacks:
                for name, output in stack.exports().items():
                    self._exports.setdefault(name, []).append((stack, output))
        found = self._exports.get(export, [])
        if len(found) == 1:
            stack, output = found[0]
            return stack.output(output)
        return Unknown(
            f"{'several templates export' if found else 'no template here exports'} {describe(export)}"
        )


def _given(source: Source, parameters: Mapping[str, str]) -> dict[str, Callable[[], Value]]:
    """What is known about a template's parameters: from the manifest, then from the command line."""
    known: dict[str, Value] = {}
    if source.account:
        known["AWS::AccountId"] = source.account
    if source.region:
        known["AWS::Region"] = source.region
    if source.stack_name:
        known["AWS::StackName"] = source.stack_name
    for key, value in parameters.items():
        known[key] = value
    return {key: (lambda value=value: value) for key, value in known.items()}
