"""CloudFormation's intrinsic functions, from name to what they make of their argument.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Protocol

from cais.template.text import describe, is_leaf, join, scalar, split
from cais.template.values import Pseudo, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from cais.template.values import Leaf, Value

NO_VALUE = Pseudo("AWS::NoValue")
ZONES = "Fn::GetAZs"
MOST_CIDRS = 256
_PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}")


class Names(Protocol):
    """What the names in a template mean; implemented by `cais.template.resolve.Stack`."""

    def value(self, raw: Any) -> Value:
        """A piece of the template, resolved."""
        ...

    def ref(self, name: str) -> Value:
        """What `Ref` returns."""
        ...

    def attribute(self, logical_id: str, name: str) -> Value:
        """What `Fn::GetAtt` returns."""
        ...

    def condition(self, name: str) -> bool:
        """Whether a condition holds in this world."""
        ...

    def mapping(self, *keys: str) -> Value:
        """An entry of the Mappings section; None where it is missing."""
        ...

    def imported(self, export: str | Leaf) -> Value:
        """The value of an export."""
        ...

    def macro(self, argument: Any) -> Value:
        """What a macro makes, which only CloudFormation can run."""
        ...


def ref(names: Names, argument: Any) -> Value:
    """`Ref` of a parameter, a pseudo parameter or a resource."""
    name = names.value(argument)
    return names.ref(name) if isinstance(name, str) else _wrong("Ref", argument)


def get_att(names: Names, argument: Any) -> Value:
    """`Fn::GetAtt` as [resource, attribute] or as "resource.attribute"."""
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    if not isinstance(argument, list) or len(argument) < 2 or not isinstance(argument[0], str):  # noqa: PLR2004 - a pair
        return _wrong("Fn::GetAtt", argument)
    name = join(
        [
            names.value(part) if i == 0 else join([".", names.value(part)])
            for i, part in enumerate(argument[1:])
        ]
    )
    if not isinstance(name, str):
        return Unknown(f"an attribute of {argument[0]} whose name is {describe(name)}")
    return names.attribute(argument[0], name)


def sub(names: Names, argument: Any) -> Value:
    """`Fn::Sub` of a string, or of a string and variables of its own."""
    text, variables = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})  # noqa: PLR2004
    if not isinstance(text, str) or not isinstance(variables, dict):
        return _wrong("Fn::Sub", argument)
    pieces = _PLACEHOLDER.split(text)
    for i in range(1, len(pieces), 2):
        pieces[i] = _variable(names, pieces[i].strip(), variables)
    return join(pieces)


def _variable(names: Names, name: str, variables: dict[str, Any]) -> Any:
    if name.startswith("!"):
        return f"${{{name[1:]}}}"
    if name in variables:
        return names.value(variables[name])
    logical_id, dot, attribute = name.partition(".")
    value = names.attribute(logical_id, attribute) if dot else names.ref(name)
    return "" if value is NO_VALUE else value


def join_list(names: Names, argument: Any) -> Value:
    """`Fn::Join` of [delimiter, values]."""
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str):  # noqa: PLR2004
        return _wrong("Fn::Join", argument)
    delimiter = argument[0]
    values = names.value(argument[1])
    if not isinstance(values, list):
        return _unknown_list("Fn::Join", values)
    if not delimiter:
        return join(values)
    return (
        join(part for value in values for part in (delimiter, value))
        if False
        else join(_between(delimiter, values))
    )


def _between(delimiter: str, values: list[Value]) -> list[Value]:
    parts: list[Value] = [delimiter] * (2 * len(values) - 1)
    parts[::2] = values
    return parts


def split_text(names: Names, argument: Any) -> Value:
    """`Fn::Split` of [delimiter, text]."""
    if (
        not isinstance(argument, list)
        or len(argument) != 2
        or not isinstance(argument[0], str)
        or not argument[0]
    ):
        return _wrong("Fn::Split", argument)
    text = scalar(names.value(argument[1]))
    return text if isinstance(text, Unknown) else split(argument[0], text)


def select(names: Names, argument: Any) -> Value:
    """`Fn::Select` of [index, values]."""
    if not isinstance(argument, list) or len(argument) != 2:  # noqa: PLR2004
        return _wrong("Fn::Select", argument)
    index = _whole_number(names.value(argument[0]))
    values = names.value(argument[1])
    if index is None:
        return Unknown(f"Fn::Select with the index {describe(names.value(argument[0]))}")
    if isinstance(values, list):
        return (
            values[index]
            if index < len(values)
            else Unknown(f"Fn::Select takes item {index} of {len(values)}")
        )
    return item(values, index)


def item(values: Value, index: int) -> Value:
    """One item, counted from 0, of a list that is not known."""
    if isinstance(values, Pseudo) and values.name.startswith(ZONES):
        return Pseudo(f"{values.name}[{index}]")
    if is_leaf(values):
        return Unknown(f"item {index} of: {describe(values)}")
    return _wrong("Fn::Select", values)


def choose(names: Names, argument: Any) -> Value:
    """`Fn::If` of [condition, value if true, value if false]."""
    if not isinstance(argument, list) or len(argument) != 3 or not isinstance(argument[0], str):  # noqa: PLR2004
        return _wrong("Fn::If", argument)
    return names.value(argument[1] if names.condition(argument[0]) else argument[2])


def import_value(names: Names, argument: Any) -> Value:
    """`Fn::ImportValue` of the name of an export."""
    return names.imported(scalar(names.value(argument)))


def find_in_map(names: Names, argument: Any) -> Value:
    """`Fn::FindInMap` of [map, key, key, {"DefaultValue": value}]."""
    if not isinstance(argument, list) or len(argument) not in {3, 4}:
        return _wrong("Fn::FindInMap", argument)
    keys = [scalar(names.value(key)) for key in argument[:3]]
    texts = [key for key in keys if isinstance(key, str)]
    if len(texts) != len(keys):
        unknown = next(key for key in keys if not isinstance(key, str))
        return Unknown(f"Fn::FindInMap with the key {describe(unknown)}")
    found = names.mapping(*texts)
    if found is not None:
        return found
    if len(argument) == 4 and isinstance(argument[3], dict) and "DefaultValue" in argument[3]:  # noqa: PLR2004
        return names.value(argument[3]["DefaultValue"])
    return Unknown(f"the mapping {'.'.join(texts)} is missing")


def cidr(names: Names, argument: Any) -> Value:
    """`Fn::Cidr` of [block, count, bits left to hosts]."""
    if not isinstance(argument, list) or len(argument) != 3:  # noqa: PLR2004
        return _wrong("Fn::Cidr", argument)
    block, count, bits = (
        names.value(argument[0]),
        *(_whole_number(names.value(number)) for number in argument[1:]),
    )
    if count is None or bits is None or not 0 < count <= MOST_CIDRS:
        return Unknown("Fn::Cidr with a count or size that is not known")
    if is_leaf(block):
        return [Unknown(f"range {i} of Fn::Cidr of: {describe(block)}") for i in range(count)]
    return _ranges(block, count, bits)


def _ranges(block: Value, count: int, bits: int) -> Value:
    import ipaddress  # noqa: PLC0415 - few templates need it
    from itertools import islice  # noqa: PLC0415

    try:
        network = ipaddress.ip_network(str(block))
        ranges = [
            str(subnet) for subnet in islice(network.subnets(new_prefix=network.max_prefixlen - bits), count)
        ]
    except ValueError as error:
        return Unknown(f"Fn::Cidr of {block}: {error}")
    return (
        list(ranges)
        if len(ranges) == count
        else Unknown(f"Fn::Cidr: {block} has no {count} ranges of {bits} bits")
    )


def get_azs(names: Names, argument: Any) -> Value:
    """`Fn::GetAZs`: the zones of a region, as many as the account has."""
    region = names.value(argument)
    own = region in {"", Pseudo("AWS::Region")} if isinstance(region, (str, Pseudo)) else False
    if own or region == names.ref("AWS::Region"):
        return Pseudo(ZONES)
    return Pseudo(f"{ZONES}({describe(region)})")


def base64(names: Names, argument: Any) -> Value:
    """`Fn::Base64`, which stays plain here: user data is there to be read."""
    return scalar(names.value(argument))


def length(names: Names, argument: Any) -> Value:
    """`Fn::Length` of a list."""
    values = names.value(argument)
    return len(values) if isinstance(values, list) else _unknown_list("Fn::Length", values)


def to_json_string(names: Names, argument: Any) -> Value:
    """`Fn::ToJsonString` of a list or mapping whose values are all known."""
    try:
        return json.dumps(names.value(argument), separators=(",", ":"))
    except TypeError:
        return Unknown("Fn::ToJsonString of values that are known only after the deployment")


def transform(names: Names, argument: Any) -> Value:
    """`Fn::Transform`: what a macro makes."""
    return names.macro(argument)


def _wrong(function: str, argument: Any) -> Unknown:
    got = json.dumps(argument, default=str)
    shown = got if len(got) <= 80 else got[:80] + "…"  # noqa: PLR2004 - a line of a terminal
    return Unknown(f"{function} cannot take {shown}")


def _unknown_list(function: str, values: Value) -> Unknown:
    return (
        Unknown(f"{function} of a list that is not known: {describe(values)}")
        if is_leaf(values)
        else _wrong(function, values)
    )


def _whole_number(value: Value) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 0 else None
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 10 else None  # noqa: PLR2004


FUNCTIONS: dict[str, Callable[[Names, Any], Value]] = {
    "Ref": ref,
    "Fn::GetAtt": get_att,
    "Fn::Sub": sub,
    "Fn::Join": join_list,
    "Fn::If": choose,
    "Fn::ImportValue": import_value,
    "Fn::Select": select,
    "Fn::Split": split_text,
    "Fn::FindInMap": find_in_map,
    "Fn::Cidr": cidr,
    "Fn::GetAZs": get_azs,
    "Fn::Base64": base64,
    "Fn::Length": length,
    "Fn::ToJsonString": to_json_string,
    "Fn::Transform": transform,
}
