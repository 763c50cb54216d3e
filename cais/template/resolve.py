"""One template in one world: its names, its conditions, its resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cais.template.conditions import settle
from cais.template.document import Resource, Template
from cais.template.functions import FUNCTIONS, NO_VALUE
from cais.template.parameters import parameter_value
from cais.template.text import scalar
from cais.template.values import Attribute, Pseudo, Unknown
from cais.template.worlds import Atom, World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cais.template.source import Source
    from cais.template.values import Leaf, Value

NESTED_STACK = "AWS::CloudFormation::Stack"
PSEUDO_PARAMETERS = frozenset(
    f"AWS::{name}"
    for name in ("AccountId", "NotificationARNs", "Partition", "Region", "StackId", "StackName", "URLSuffix")
)
REPEATED_ATTRIBUTES = frozenset(
    {
        ("AWS::EC2::VPC", "CidrBlock"),
        ("AWS::EC2::Subnet", "AvailabilityZone"),
        ("AWS::EC2::Subnet", "CidrBlock"),
        ("AWS::EC2::Subnet", "VpcId"),
    }
)
"""Attributes that only repeat the property of that name."""


class Stack:
    """One template in one world.

    `given` maps names of parameters and pseudo parameters to values that the caller knows.
    `imports` follows an export; `problems` collects what makes the template undeployable.
    """

    def __init__(
        self,
        source: Source,
        *,
        name: str,
        world: World,
        given: Mapping[str, Callable[[], Value]],
        imports: Callable[[Stack, str | Leaf], Value],
        problems: list[str],
    ) -> None:
        self.source = source
        self.name = name
        self.world = world
        self.problems = problems
        self.gaps: list[str] = []
        self.nested: dict[str, Stack] = {}
        self._given = given
        self._imports = imports
        self._parameters = source.section("Parameters")
        self._resources = source.section("Resources")
        self._refs: dict[str, Value] = {}
        self._conditions: dict[str, bool] = {}
        self._outputs: dict[str, Value] = {}
        self._under_way: list[str] = []
        self._mentioned: set[str] = set()

    def value(self, raw: Any) -> Value:
        """A piece of the template, resolved; `NO_VALUE` where it is to be left out."""
        if isinstance(raw, dict):
            if len(raw) == 1:
                ((name, argument),) = raw.items()
                if name in FUNCTIONS:
                    return FUNCTIONS[name](self, argument)
                if name.startswith("Fn::"):
                    return self.macro_like(name)
            resolved = {key: child if type(child) is str else self.value(child) for key, child in raw.items()}
            return {key: child for key, child in resolved.items() if child is not NO_VALUE}
        if isinstance(raw, list):
            items = [child if type(child) is str else self.value(child) for child in raw]
            return [child for child in items if child is not NO_VALUE]
        return raw

    def ref(self, name: str) -> Value:
        """What `Ref` returns: a parameter's value, a pseudo parameter or a resource's own name."""
        if name in self._resources:
            return self._of_resource(name, "Ref")
        if name not in self._refs:
            self._refs[name] = self._parameter(name)
        return self._refs[name]

    def attribute(self, logical_id: str, name: str) -> Value:
        """What `Fn::GetAtt` returns; outputs of nested stacks are followed."""
        if logical_id not in self._resources:
            return Unknown(f"{self.name} has no resource {logical_id}")
        resource = self._resources[logical_id]
        kind = resource.get("Type") if isinstance(resource, dict) else None
        if kind == NESTED_STACK and name.startswith("Outputs."):
            self._mentioned.add(logical_id)
            return self._nested_output(logical_id, name.removeprefix("Outputs."))
        if (kind, name) in REPEATED_ATTRIBUTES:
            repeated = self._property(logical_id, name)
            if repeated is not None and not isinstance(repeated, Unknown):
                return repeated
        return self._of_resource(logical_id, name)

    def condition(self, name: str) -> bool:
        """Whether a condition holds in this world; what cannot be decided is assumed."""
        if name not in self._conditions:
            while isinstance(answer := self.settled(name), Atom):
                self.world.assume(answer)
            self._conditions[name] = answer
        return self._conditions[name]

    def settled(self, name: str) -> bool | Atom:
        """Whether a condition holds, or the comparison that this depends on."""
        if name in self._conditions:
            return self._conditions[name]
        label = f"condition {name}"
        raw = self.source.section("Conditions").get(name)
        if raw is None:
            return self._open(Unknown(f"condition {name} of {self.name} is not defined"))
        if label in self._under_way:
            self._circle(label)
            return False
        self._under_way.append(label)
        answer = settle(self, raw)
        self._under_way.pop()
        return answer

    def compare(self, left: Any, right: Any) -> bool | Atom:
        """`Fn::Equals`: the values as text, as CloudFormation compares them."""
        left, right = self.value(left), self.value(right)
        if isinstance(left, list) and isinstance(right, list):
            return left == right
        first, second = scalar(left), scalar(right)
        if first == second and not isinstance(first, Unknown):
            return True
        if isinstance(first, str):
            first, second = second, first
        return False if isinstance(first, str) else self._open(first, second)

    def _open(self, left: Leaf, right: str | Leaf = "true") -> bool | Atom:
        atom = Atom(left, right)
        answer = self.world.answer(atom)
        return atom if answer is None else answer

    def mapping(self, *keys: str) -> Value:
        """An entry of the Mappings section; None where it is missing."""
        entry: Any = self.source.section("Mappings")
        for key in keys:
            entry = entry.get(key) if isinstance(entry, dict) else None
        return entry

    def imported(self, export: str | Leaf) -> Value:
        """The value of an export of any template of the assembly."""
        return self._imports(self, export)

    def macro(self, argument: Any) -> Value:
        """What a macro makes, which only CloudFormation can run."""
        name = argument.get("Name") if isinstance(argument, dict) else argument
        return self.macro_like(f"Fn::Transform {name}")

    def macro_like(self, what: str) -> Unknown:
        """A value that this library cannot tell, noted as a gap of the template."""
        reason = f"{what} is not evaluated"
        if reason not in self.gaps:
            self.gaps.append(reason)
        return Unknown(reason)

    def output(self, name: str) -> Value:
        """The value of an output, as a string."""
        if name not in self._outputs:
            label = f"output {name}"
            if label in self._under_way:
                self._circle(label)
                return Unknown(f"{label} of {self.name} refers to itself")
            self._under_way.append(label)
            self._outputs[name] = self._output(name)
            self._under_way.pop()
        return self._outputs[name]

    def _output(self, name: str) -> Value:
        output = self.source.section("Outputs").get(name)
        if not isinstance(output, dict) or not self.exists(output):
            return Unknown(f"{self.name} has no output {name}")
        mentioned = set(self._mentioned)
        value = scalar(self.value(output.get("Value")))
        self._mentioned = mentioned
        return value

    def exists(self, entry: dict[str, Any]) -> bool:
        """Whether the condition of a resource or output holds; none always does."""
        condition = entry.get("Condition")
        return self.condition(condition) if isinstance(condition, str) else True

    def exports(self) -> dict[str | Leaf, str]:
        """The output behind each name that this template exports."""
        exports: dict[str | Leaf, str] = {}
        for name, output in self.source.section("Outputs").items():
            export = output.get("Export") if isinstance(output, dict) else None
            if isinstance(export, dict) and self.exists(output):
                exports[scalar(self.value(export.get("Name")))] = name
        return exports

    def resolved(self) -> Template:
        """The whole template, resolved."""
        resources = {
            logical_id: self._resource(logical_id, raw)
            for logical_id, raw in self._resources.items()
            if isinstance(raw, dict) and self.exists(raw)
        }
        outputs = {name: self.output(name) for name in self.source.section("Outputs")}
        return Template(
            name=self.name,
            path=self.source.path,
            resources=resources,
            outputs=outputs,
            stack_name=self.source.stack_name,
            depends_on=tuple(path.name for path in self.source.after),
            gaps=tuple(self.gaps),
        )

    def _resource(self, logical_id: str, raw: dict[str, Any]) -> Resource:
        explicit = raw.get("DependsOn", [])
        self._mentioned = (
            {explicit} if isinstance(explicit, str) else {i for i in explicit if isinstance(i, str)}
        )
        properties = self.value(raw.get("Properties", {}))
        return Resource(
            template=self.name,
            logical_id=logical_id,
            type=raw["Type"],
            properties=properties if isinstance(properties, dict) else {},
            depends_on=frozenset(self._mentioned),
            construct_path=_construct_path(raw) or self.source.construct_paths.get(logical_id),
            line=self.source.lines.get(logical_id),
        )

    def _of_resource(self, logical_id: str, name: str) -> Value:
        raw = self._resources[logical_id]
        if isinstance(raw, dict) and not self.exists(raw):
            return Unknown(f"{logical_id} of {self.name} is not created, since its condition is false")
        self._mentioned.add(logical_id)
        return Attribute(self.name, logical_id, name)

    def _property(self, logical_id: str, name: str) -> Value:
        label = f"{logical_id}.{name}"
        properties = self._resources[logical_id].get("Properties")
        if label in self._under_way or not isinstance(properties, dict):
            return None
        self._under_way.append(label)
        value = self.value(properties.get(name))
        self._under_way.pop()
        self._mentioned.add(logical_id)
        return value

    def _nested_output(self, logical_id: str, output: str) -> Value:
        if logical_id in self.nested:
            return self.nested[logical_id].output(output)
        return Unknown(f"output {output} of nested stack {logical_id}, whose template is not here")

    def _parameter(self, name: str) -> Value:
        if name in self._given:
            given = self._given[name]()
            declared = self._parameters.get(name)
            return given if declared is None else parameter_value(self.name, name, declared, given)
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in PSEUDO_PARAMETERS:
            return Pseudo(name)
        if name in self._parameters:
            return parameter_value(self.name, name, self._parameters[name])
        return Unknown(f"{self.name} has no parameter or resource {name}")

    def _circle(self, label: str) -> None:
        circle = [*self._under_way[self._under_way.index(label) :], label]
        self.problems.append(
            f"{self.source.path}: {label} refers to itself: {' -> '.join(circle)}; break the circle"
        )


def _construct_path(raw: dict[str, Any]) -> str | None:
    metadata = raw.get("Metadata")
    path = metadata.get("aws:cdk:path") if isinstance(metadata, dict) else None
    return path if isinstance(path, str) else None
