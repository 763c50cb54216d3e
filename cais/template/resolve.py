"""One template in one world: what its names mean, and its resources resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cais.template.conditions import settle
from cais.template.document import Resource, Template
from cais.template.facts import GLOBAL_WORDS, NESTED_STACK, NO_RESOURCE, PSEUDO_PARAMETERS, REGIONAL, REPEATED
from cais.template.functions import FUNCTIONS, NO_VALUE
from cais.template.parameters import allowed_values, parameter_value
from cais.template.text import scalar
from cais.template.values import Attribute, Pseudo, Unknown
from cais.template.worlds import Atom, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cais.template.source import Source
    from cais.template.values import Leaf, Value

OUTPUTS = "Outputs."
COMPARISON_STEPS = 5
"""What a comparison costs, beside reading an item."""


class Stack:
    """One template in one world.

    `given` maps parameters, pseudo parameters among them, to what the caller knows: plain text, or pieces
    of the template of `parent`. `imports` follows an export. `problems` takes what nobody could deploy.
    """

    def __init__(
        self,
        source: Source,
        *,
        name: str,
        world: World,
        given: Mapping[str, Any],
        imports: Callable[[str | Leaf], Value],
        problems: list[str],
        parent: Stack | None = None,
    ) -> None:
        self.source = source
        self.name = name
        self.nested: dict[str, Stack] = {}
        self.spend = world.spend
        self._world = world
        self._given = given
        self._imports = imports
        self._problems = problems
        self._parent = parent
        self._resources = source.section("Resources")
        self._refs: dict[str, Value] = {}
        self._conditions: dict[str, bool | Atom] = {}
        self._outputs: dict[str, Value] = {}
        self._under_way: list[str] = []
        self._mentioned: set[str] = set()
        self._gaps: dict[str, None] = dict.fromkeys(source.gaps)

    def value(self, raw: Any) -> Value:
        """A piece of the template, resolved; `NO_VALUE` where it is to be left out."""
        if type(raw) is dict:
            if len(raw) == 1:
                ((name, argument),) = raw.items()
                if name in FUNCTIONS:
                    return FUNCTIONS[name](self, argument)
                if name.startswith("Fn::"):
                    return self.gap(f"what {name} makes")
            for name in raw:
                if name.startswith("Fn::"):
                    self.gap(f"what {name} adds")
            entries = {key: part if type(part) is str else self.value(part) for key, part in raw.items()}
            return {key: value for key, value in entries.items() if value is not NO_VALUE}
        if type(raw) is list:
            items = [part if type(part) is str else self.value(part) for part in raw]
            return [item for item in items if item is not NO_VALUE]
        return raw

    def ref(self, name: str) -> Value:
        """What `Ref` returns: a resource's own name, a parameter's value or a pseudo parameter."""
        if name in self._resources:
            return self._of_resource(name, "Ref")
        if name not in self._refs:
            self._refs[name] = self._parameter(name)
        return self._refs[name]

    def attribute(self, logical_id: str, name: str) -> Value:
        """What `Fn::GetAtt` returns; the outputs of nested stacks are followed."""
        kind = self._type(logical_id)
        if kind == NESTED_STACK and name.startswith(OUTPUTS):
            self._mentioned.add(logical_id)
            return self._nested_output(logical_id, name.removeprefix(OUTPUTS))
        repeated = self._property(logical_id, name) if (kind, name) in REPEATED else None
        if repeated is None or isinstance(repeated, Unknown):
            return self._of_resource(logical_id, name)
        return repeated

    def arn(self, attribute: Attribute) -> list[Value] | None:
        """The pieces of an ARN between its colons; None where this is none that we know."""
        kind = self._type(attribute.logical_id)
        if attribute.template != self.name or attribute.name != "Arn" or kind not in REGIONAL:
            return None
        partition, region, account = map(self.ref, ("AWS::Partition", "AWS::Region", "AWS::AccountId"))
        rest = Unknown(f"the last part of {attribute.logical_id}.Arn")
        return ["arn", partition, REGIONAL[kind], region, account, rest]

    def condition(self, name: str) -> bool:
        """Whether a condition holds in this world; what nobody can decide is assumed."""
        while isinstance(answer := self.settled(name), Atom):
            self._world.assume(answer)
        return answer

    def settled(self, name: str) -> bool | Atom:
        """Whether a condition holds, or the comparison that this depends on."""
        answer = self._conditions.get(name)
        if answer is None or (isinstance(answer, Atom) and self._world.answer(answer) is not None):
            answer = self._conditions[name] = self._settle(name)
        return answer

    def _settle(self, name: str) -> bool | Atom:
        raw = self.source.section("Conditions").get(name)
        if raw is None:
            return self._open(Unknown(f"condition {name} of {self.name} (not defined)"), "true")
        label = f"condition {name}"
        if self._is_circular(label):
            return False
        self._under_way.append(label)
        answer = settle(self, raw)
        self._under_way.pop()
        return answer

    def compare(self, left: Any, right: Any) -> bool | Atom:
        """`Fn::Equals`, which compares values as text."""
        self.spend(COMPARISON_STEPS)
        first, second = self.value(left), self.value(right)
        if isinstance(first, list) and isinstance(second, list):
            return first == second
        first, second = scalar(first), scalar(second)
        if isinstance(first, str):
            first, second = second, first
        if isinstance(first, str):
            return first == second
        return True if first == second and not isinstance(first, Unknown) else self._open(first, second)

    def _open(self, left: Leaf, right: str | Leaf) -> bool | Atom:
        atom = Atom(left, right)
        answer = self._world.answer(atom)
        return atom if answer is None else answer

    def mapping(self, *keys: str) -> Value:
        """An entry of the Mappings section; None where it is missing."""
        entry: Any = self.source.section("Mappings")
        for key in keys:
            entry = entry.get(key) if isinstance(entry, dict) else None
        return self.value(entry)

    def imported(self, export: str | Leaf) -> Value:
        """The value of an export of any stack of the deployment."""
        return self._imports(export)

    def gap(self, what: str) -> Unknown:
        """A value that only CloudFormation can make, noted as a gap of the template."""
        self._gaps[what] = None
        return Unknown(what)

    def exists(self, entry: dict[str, Any]) -> bool:
        """Whether the condition of a resource or output holds; without one, it does."""
        condition = entry.get("Condition")
        return self.condition(condition) if isinstance(condition, str) else True

    def output(self, name: str) -> Value:
        """The value of an output, as a string."""
        if name not in self._outputs:
            label = f"output {name}"
            if self._is_circular(label):
                return Unknown(f"{label} of {self.name}, which refers to itself")
            self._under_way.append(label)
            self._outputs[name] = self._output(name)
            self._under_way.pop()
        return self._outputs[name]

    def _output(self, name: str) -> Value:
        output = self.source.section("Outputs").get(name)
        if isinstance(output, dict) and self.exists(output):
            return scalar(self.value(output.get("Value")))
        return Unknown(f"output {name} of {self.name}, which is missing")

    def exports(self) -> Iterator[tuple[str | Leaf, str]]:
        """The names that this template exports, each with the output behind it."""
        for name, output in self.source.section("Outputs").items():
            export = output.get("Export") if isinstance(output, dict) else None
            if isinstance(export, dict) and self.exists(output):
                yield scalar(self.value(export.get("Name"))), name

    def resolved(self, *, depends_on: tuple[str, ...]) -> Template:
        """The whole template, resolved; `depends_on` names the templates that are deployed before it."""
        resources = {
            logical_id: self._resource(logical_id, raw)
            for logical_id, raw in self._resources.items()
            if self._type(logical_id) not in NO_RESOURCE and self.exists(raw)
        }
        outputs = {
            name: self.output(name)
            for name, raw in self.source.section("Outputs").items()
            if isinstance(raw, dict) and self.exists(raw)
        }
        return Template(
            name=self.name,
            path=self.source.path,
            resources=resources,
            outputs=outputs,
            stack_name=self.source.stack.stack_name,
            depends_on=depends_on,
            gaps=tuple(self._gaps),
        )

    def _resource(self, logical_id: str, raw: dict[str, Any]) -> Resource:
        listed = raw.get("DependsOn")
        explicit = listed if isinstance(listed, list) else [listed]
        self._mentioned = {name for name in explicit if isinstance(name, str)}
        properties = self.value(raw.get("Properties", {}))
        return Resource(
            template=self.name,
            logical_id=logical_id,
            type=raw["Type"],
            properties=properties if isinstance(properties, dict) else {},
            depends_on=frozenset(self._mentioned),
            construct_path=_construct_path(raw) or self.source.stack.construct_paths.get(logical_id),
            line=self.source.lines.get(logical_id),
        )

    def _type(self, logical_id: str) -> str | None:
        raw = self._resources.get(logical_id)
        kind = raw.get("Type") if isinstance(raw, dict) else None
        return kind if isinstance(kind, str) else None

    def _of_resource(self, logical_id: str, name: str) -> Value:
        if self._type(logical_id) is None:
            return Unknown(f"{logical_id}.{name}, since {self.name} has no resource {logical_id}")
        if not self.exists(self._resources[logical_id]):
            return Unknown(f"{logical_id}.{name}, since {self.name} does not make it under its condition")
        self._mentioned.add(logical_id)
        return Attribute(self.name, logical_id, name)

    def _property(self, logical_id: str, name: str) -> Value:
        """A property of another resource; None where it is missing or refers back to itself."""
        label = f"{logical_id}.{name}"
        raw = self._resources[logical_id].get("Properties", {}).get(name)
        if raw is None or label in self._under_way or not self.exists(self._resources[logical_id]):
            return None
        self._mentioned.add(logical_id)
        self._under_way.append(label)
        value = self.value(raw)
        self._under_way.pop()
        return None if value is NO_VALUE else value

    def _nested_output(self, logical_id: str, output: str) -> Value:
        if logical_id in self.nested:
            return self.nested[logical_id].output(output)
        return Unknown(f"output {output} of nested stack {logical_id}, whose template is not here")

    def _parameter(self, name: str) -> Value:
        declared = self.source.section("Parameters").get(name)
        given = self._given.get(name)
        if given is not None and self._parent:
            given = self._parent.value(given)
            given = None if given is NO_VALUE else given
        if isinstance(declared, dict):
            return self._declared(name, declared, given)
        if given is not None:
            return given
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in GLOBAL_WORDS and self._parent:
            return self._parent.ref(name)
        if name in PSEUDO_PARAMETERS:
            return Pseudo(name)
        return Unknown(f"{name}, which is no parameter or resource of {self.name}")

    def _declared(self, name: str, declared: dict[str, Any], given: Value) -> Value:
        value = parameter_value(declared, f"parameter {name} of {self.name}", given)
        if isinstance(value, Unknown) and (allowed := allowed_values(declared)):
            self._world.allow(value, allowed)
        return value

    def _is_circular(self, label: str) -> bool:
        if label not in self._under_way:
            return False
        circle = " -> ".join([*self._under_way[self._under_way.index(label) :], label])
        self._problems.append(f"{self.source.path}: {label} refers to itself: {circle}; break the circle")
        return True


def _construct_path(raw: dict[str, Any]) -> str | None:
    metadata = raw.get("Metadata")
    path = metadata.get("aws:cdk:path") if isinstance(metadata, dict) else None
    return path if isinstance(path, str) else None
