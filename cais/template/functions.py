"""CloudFormation's intrinsic functions: each from its argument to a value.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cais.template.text import cut, describe, is_leaf, join, scalar, split
from cais.template.values import Attribute, Pseudo, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from cais.template.resolve import Stack
    from cais.template.values import Leaf, Value

NO_VALUE = Pseudo("AWS::NoValue")
ZONES = "Fn::GetAZs"
MOST_RANGES = 256
"""Ranges that Fn::Cidr makes at most."""
RANGE_STEPS = 10
"""What making a range costs, beside reading an item."""
MOST_DIGITS = 9
"""Digits of an index or a count."""
_PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}")


def ref(stack: Stack, argument: Any) -> Value:
    """`Ref` of a parameter, a pseudo parameter or a resource."""
    name = argument if isinstance(argument, str) else stack.value(argument)
    return stack.ref(name) if isinstance(name, str) else wrong("Ref", argument)


def get_att(stack: Stack, argument: Any) -> Value:
    """`Fn::GetAtt` of "resource.attribute" or [resource, attribute]."""
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, list) or len(parts) < 2:  # noqa: PLR2004 - a resource and an attribute
        return wrong("Fn::GetAtt", argument)
    texts = [text for part in parts if isinstance(text := stack.value(part), str)]
    if len(texts) < len(parts):
        return wrong("Fn::GetAtt", argument)
    return stack.attribute(texts[0], ".".join(texts[1:]))


def sub(stack: Stack, argument: Any) -> Value:
    """`Fn::Sub` of a text, or of [text, variables]."""
    match argument:
        case str() as text:
            variables: dict[str, Any] = {}
        case [str() as text, dict() as variables]:
            pass
        case _:
            return wrong("Fn::Sub", argument)
    pieces: list[Any] = _PLACEHOLDER.split(text)
    stack.spend(len(pieces))
    pieces[1::2] = (_variable(stack, name.strip(), variables) for name in pieces[1::2])
    return join(pieces)


def _variable(stack: Stack, name: str, variables: dict[str, Any]) -> Value:
    if name.startswith("!"):
        return f"${{{name[1:]}}}"
    if name in variables:
        value = stack.value(variables[name])
    else:
        logical_id, dot, attribute = name.partition(".")
        value = stack.attribute(logical_id, attribute) if dot else stack.ref(name)
    return "" if value is NO_VALUE else value


def join_list(stack: Stack, argument: Any) -> Value:
    """`Fn::Join` of [delimiter, values]."""
    match argument:
        case [str() as delimiter, raw]:
            values = stack.value(raw)
        case _:
            return wrong("Fn::Join", argument)
    if not isinstance(values, list):
        return _unknown_list("Fn::Join", values)
    stack.spend(len(values))
    if delimiter and values:
        parts: list[Value] = [delimiter] * (2 * len(values) - 1)
        parts[::2] = values
        return join(parts)
    return join(values)


def split_text(stack: Stack, argument: Any) -> Value:
    """`Fn::Split` of [delimiter, text]."""
    match argument:
        case [str() as delimiter, raw] if delimiter:
            text = scalar(stack.value(raw))
            if isinstance(text, Attribute) and delimiter == ":" and (pieces := stack.arn(text)):
                return pieces
            if isinstance(text, Unknown):
                return text
            pieces = split(delimiter, text)
            stack.spend(len(pieces) if isinstance(pieces, list) else 1)
            return pieces
    return wrong("Fn::Split", argument)


def select(stack: Stack, argument: Any) -> Value:
    """`Fn::Select` of [index, values]."""
    match argument:
        case [raw_index, raw]:
            index = stack.value(raw_index)
            values = stack.value(raw)
        case _:
            return wrong("Fn::Select", argument)
    number = _whole_number(index)
    if number is None:
        return Unknown(f"item {describe(index)} of a list")
    if not isinstance(values, list):
        return _item(values, number)
    return values[number] if number < len(values) else Unknown(f"item {number} of a list of {len(values)}")


def _item(values: Value, index: int) -> Value:
    """One item, counted from 0, of a list that is not known."""
    if isinstance(values, Pseudo) and values.name.startswith(ZONES):
        return Pseudo(f"{values.name}[{index}]")
    return Unknown(f"item {index} of {describe(values)}") if is_leaf(values) else wrong("Fn::Select", values)


def choose(stack: Stack, argument: Any) -> Value:
    """`Fn::If` of [condition, value if it holds, value if not]."""
    match argument:
        case [str() as condition, holds, fails]:
            return stack.value(holds if stack.condition(condition) else fails)
    return wrong("Fn::If", argument)


def import_value(stack: Stack, argument: Any) -> Value:
    """`Fn::ImportValue` of the name of an export."""
    return stack.imported(scalar(stack.value(argument)))


def _under_every_key(stack: Stack, name: str | Leaf, second: str | Leaf) -> Value:
    """The entry of a mapping that is the same whatever the first key; None where there is none."""
    keys = stack.source.section("Mappings").get(name) if isinstance(name, str) else None
    if not isinstance(keys, dict) or not isinstance(second, str):
        return None
    stack.spend(len(keys))
    found = [stack.mapping(str(name), key, second) for key in keys]
    return found[0] if found and all(each == found[0] for each in found) else None


def find_in_map(stack: Stack, argument: Any) -> Value:
    """`Fn::FindInMap` of [map, key, key], or of these and {"DefaultValue": value}."""
    match argument:
        case [name, first, second]:
            default = None
        case [name, first, second, {"DefaultValue": default}]:
            pass
        case _:
            return wrong("Fn::FindInMap", argument)
    keys: list[str] = []
    given = [scalar(stack.value(key)) for key in (name, first, second)]
    for text in given:
        if not isinstance(text, str):
            same = _under_every_key(stack, given[0], given[2]) if default is None else None
            return Unknown(f"an entry of a mapping under {describe(text)}") if same is None else same
        keys.append(text)
    found = stack.mapping(*keys)
    stack.spend(len(found) if isinstance(found, list) else 1)
    if found is None and default is not None:
        return stack.value(default)
    return Unknown(f"mapping entry {'.'.join(keys)}, which is missing") if found is None else found


def cidr(stack: Stack, argument: Any) -> Value:
    """`Fn::Cidr` of [block, count, bits that are left to each range]."""
    match stack.value(argument):
        case [block, raw_count, raw_bits]:
            count, bits = _whole_number(raw_count), _whole_number(raw_bits)
        case _:
            return wrong("Fn::Cidr", argument)
    if count is None or bits is None or not 0 < count <= MOST_RANGES:
        return wrong("Fn::Cidr", argument)
    stack.spend(RANGE_STEPS * count)
    if is_leaf(block):
        return [Unknown(f"range {i} of {describe(block)}") for i in range(count)]
    return _ranges(str(block), count, bits)


def _ranges(block: str, count: int, bits: int) -> Value:
    import ipaddress  # noqa: PLC0415 - few templates need it
    from itertools import islice  # noqa: PLC0415 - likewise

    try:
        network = ipaddress.ip_network(block)
        prefix = network.max_prefixlen - bits
        subnets = islice(network.subnets(new_prefix=prefix), count)
        # A network of one address is its own only subnet, whatever the prefix.
        ranges: list[Value] = [str(subnet) for subnet in subnets if subnet.prefixlen == prefix]
    except ValueError as error:
        return Unknown(f"the ranges of {block}: {error}")
    if len(ranges) < count:
        return Unknown(f"{count} ranges of {bits} bits in {block}, which has {len(ranges)}")
    return ranges


def get_azs(stack: Stack, argument: Any) -> Value:
    """`Fn::GetAZs`: the zones of a region, as many as the account has there."""
    region = stack.value(argument)
    if region == "" or region == stack.ref("AWS::Region"):
        return Pseudo(ZONES)
    return Pseudo(f"{ZONES}({describe(region)})")


def base64(stack: Stack, argument: Any) -> Value:
    """`Fn::Base64`, which stays plain text here: user data is there to be read."""
    return scalar(stack.value(argument))


def length(stack: Stack, argument: Any) -> Value:
    """`Fn::Length` of a list."""
    values = stack.value(argument)
    return len(values) if isinstance(values, list) else _unknown_list("Fn::Length", values)


def to_json_string(stack: Stack, argument: Any) -> Value:
    """`Fn::ToJsonString` of a list or mapping whose values are all known."""
    try:
        text = json.dumps(stack.value(argument), separators=(",", ":"))
    except TypeError:
        return Unknown("a JSON text of values that are known only after the deployment")
    return join([text])


def transform(stack: Stack, argument: Any) -> Value:
    """`Fn::Transform`, which only CloudFormation can run."""
    name = argument.get("Name") if isinstance(argument, dict) else argument
    return stack.gap(f"what the macro {shown(name)} makes")


def wrong(function: str, argument: Any) -> Unknown:
    """What a function makes of an argument that it cannot take."""
    return Unknown(f"{function} of {shown(argument)}, which it cannot take")


def shown(raw: Any) -> str:
    """A piece of a template, cut to what fits into a message."""
    return cut(raw if isinstance(raw, str) else json.dumps(raw, default=str))


def _unknown_list(function: str, values: Value) -> Unknown:
    return Unknown(f"{function} of {describe(values)}") if is_leaf(values) else wrong(function, values)


def _whole_number(value: Value) -> int | None:
    text = str(value) if isinstance(value, (int, str)) else ""
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= MOST_DIGITS else None


FUNCTIONS: dict[str, Callable[[Stack, Any], Value]] = {
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
