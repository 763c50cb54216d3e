"""Strings of which some parts are known only after the deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from msgspec.structs import replace

from cais.template.facts import GLOBAL_WORDS, ISSUER, ISSUERS, SEPARATORS
from cais.template.limits import LONGEST, LONGEST_MESSAGE, MOST_PARTS
from cais.template.values import Attribute, Pseudo, Text, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cais.template.values import Leaf, Value

LEAVES = (Attribute, Pseudo, Text, Unknown)


def is_leaf(value: Value) -> TypeGuard[Leaf]:
    """Whether this is a value that only the deployment, or nobody, can know."""
    return isinstance(value, LEAVES)


def scalar(value: Value) -> str | Leaf:
    """A value as CloudFormation writes it into a string."""
    if isinstance(value, str) or is_leaf(value):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    kind = {list: "a list", dict: "a mapping"}.get(type(value), "nothing")
    return Unknown(f"{kind} where a string must be")


def join(values: Iterable[Value]) -> str | Leaf:
    """The concatenation of these values: a plain string where all are known."""
    parts: list[str | Attribute | Pseudo | Unknown] = []
    known: list[str] = []
    for value in values:
        text = scalar(value)
        for part in text.parts if isinstance(text, Text) else (text,):
            if isinstance(part, str):
                known.append(part)
                continue
            if plain := "".join(known):
                parts.append(plain)
            known.clear()
            parts.append(part)
    plain = "".join(known)
    if not parts:
        return plain if len(plain) <= LONGEST else _too_long()
    return _text([*parts, plain] if plain else parts)


def _text(parts: list[str | Attribute | Pseudo | Unknown]) -> Leaf:
    if len(parts) > MOST_PARTS or sum(len(part) for part in parts if isinstance(part, str)) > LONGEST:
        return _too_long()
    only = parts[0]
    return Text(tuple(parts)) if len(parts) > 1 or isinstance(only, str) else only


def _too_long() -> Unknown:
    return Unknown(f"a string of more than {LONGEST} characters or {MOST_PARTS} parts")


def split(delimiter: str, value: str | Leaf) -> list[Value] | Unknown:
    """The pieces of a string, unless a part that is not known may hold the delimiter."""
    if isinstance(value, str):
        return list(value.split(delimiter))
    if isinstance(value, Attribute) and (value.name, delimiter) in ISSUERS:
        before = ISSUERS[value.name, delimiter]
        first = Unknown(f"what is before {delimiter}") if before is None else before
        return [first, replace(value, name=ISSUER)]
    pieces: list[list[Value]] = [[]]
    for part in value.parts if isinstance(value, Text) else (value,):
        if isinstance(part, str):
            first, *rest = part.split(delimiter)
            pieces[-1].append(first)
            pieces.extend([piece] for piece in rest)
        elif isinstance(part, Pseudo) and part.name in GLOBAL_WORDS and delimiter in SEPARATORS:
            pieces[-1].append(part)
        else:
            return Unknown(f'the pieces of {describe(value)} between "{delimiter}"')
    return [join(piece) for piece in pieces]


def means_the_same_everywhere(value: str | Leaf) -> bool:
    """Whether this is the same string in every stack of a deployment."""
    parts = value.parts if isinstance(value, Text) else (value,)
    return not any(
        isinstance(part, Unknown) or (isinstance(part, Pseudo) and part.name not in GLOBAL_WORDS)
        for part in parts
    )


def describe(value: Value) -> str:
    """A value in words or in the notation of Fn::Sub, cut to what fits into a message."""
    if isinstance(value, Unknown):
        return cut(value.reason)
    if isinstance(value, Attribute):
        return value.logical_id if value.name == "Ref" else f"{value.logical_id}.{value.name}"
    if isinstance(value, Pseudo):
        return value.name
    if isinstance(value, Text):
        parts = value.parts[:LONGEST_MESSAGE]
        return cut("".join(part if isinstance(part, str) else f"${{{describe(part)}}}" for part in parts))
    return cut(str(value))


def cut(text: str) -> str:
    """The beginning of a text, as long as fits into a message."""
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}…"
