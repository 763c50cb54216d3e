"""Strings of which some parts are known only after the deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.template.values import Attribute, Pseudo, Text, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cais.template.values import Leaf, Value

LONGEST = 1_000_000
"""Characters or unknown parts of one string; CloudFormation's own limit is 1 MB for a whole template."""
SINGLE_WORDS = frozenset({"AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::URLSuffix"})
"""Pseudo parameters whose values hold none of the characters in `SEPARATORS`."""
SEPARATORS = frozenset(",:/|; ")


def is_leaf(value: Value) -> bool:
    """Whether this is a value that only the deployment, or nobody, can know."""
    return isinstance(value, (Unknown, Attribute, Pseudo, Text))


def scalar(value: Value) -> str | Leaf:
    """A value as CloudFormation writes it into a string."""
    if isinstance(value, str) or is_leaf(value):
        return value  # pyright: ignore[reportReturnType] - is_leaf says so
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return Unknown(f"a {'list' if isinstance(value, list) else 'mapping'} stands where a string must be")


def join(values: Iterable[Value]) -> str | Leaf:
    """The concatenation of these values: a plain string where all are known."""
    parts: list[str | Attribute | Pseudo | Unknown] = []
    for value in map(scalar, values):
        for part in value.parts if isinstance(value, Text) else (value,):
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "":
                parts.append(part)
    if sum(len(part) if isinstance(part, str) else 1 for part in parts) > LONGEST:
        return Unknown(f"a string of more than {LONGEST} characters")
    if len(parts) == 1:
        return parts[0]
    return Text(tuple(parts)) if parts else ""


def split(delimiter: str, value: str | Leaf) -> list[Value] | Unknown:
    """The pieces of a string, where no part of it that is unknown can hold the delimiter."""
    if isinstance(value, str):
        return list(value.split(delimiter))
    pieces: list[list[Value]] = [[]]
    for part in value.parts if isinstance(value, Text) else (value,):
        if isinstance(part, str):
            first, *rest = part.split(delimiter)
            pieces[-1].append(first)
            pieces.extend([piece] for piece in rest)
        elif isinstance(part, Pseudo) and part.name in SINGLE_WORDS and delimiter in SEPARATORS:
            pieces[-1].append(part)
        else:
            return Unknown(f'the pieces of {describe(value)} between "{delimiter}"')
    return [join(piece) for piece in pieces]


def describe(value: Value) -> str:
    """A value in words or in the notation of Fn::Sub, for messages."""
    if isinstance(value, Unknown):
        return value.reason
    if isinstance(value, Attribute):
        return value.logical_id if value.name == "Ref" else f"{value.logical_id}.{value.name}"
    if isinstance(value, Pseudo):
        return value.name
    if isinstance(value, Text):
        return "".join(part if isinstance(part, str) else f"${{{describe(part)}}}" for part in value.parts)
    return str(value)
