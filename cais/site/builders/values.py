"""Takes typed values out of resolved properties. What is open stays the leaf that says why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cais.findings import Subject
from cais.template.text import is_leaf, scalar
from cais.template.values import Attribute, Text, Unknown

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from cais.site.model.values import Key, Leaf, MaybeFlag, MaybeNumber, MaybeText
    from cais.template import Resource, Value

OWN_THINGS = frozenset({"DefaultSecurityGroup", "DefaultNetworkAcl"})
"""Attributes of a VPC that are resources of their own; every other one stands for what has it."""


def subject(resource: Resource) -> Subject:
    """The resource as findings name it."""
    return Subject(
        template=resource.template,
        logical_id=resource.logical_id,
        type=resource.type,
        construct_path=resource.construct_path,
        line=resource.line,
    )


def own_key(resource: Resource) -> Key:
    """The key of a resource of the templates."""
    return Attribute(resource.template, resource.logical_id, "Ref")


def key(value: Value) -> Key:
    """The identity that a property refers to, the same for `Ref`, an ARN and an id."""
    if isinstance(value, Attribute) and value.name not in OWN_THINGS:
        return Attribute(value.template, value.logical_id, "Ref")
    return scalar(value)


def is_stray(owner: Key, owners: Container[Key]) -> bool:
    """Whether a part belongs to one of the owners that the site has, and nobody knows to which."""
    return is_leaf(owner) and owner not in owners


def optional_key(value: Value) -> Key | None:
    """The same, of a property that may be absent."""
    return None if value is None else key(value)


def keys(value: Value) -> tuple[Key, ...]:
    """The identities in a list; one leaf where the list itself is open."""
    return tuple(key(item) for item in items(value))


def items(value: Value) -> list[Value]:
    """The elements of a list. A list that is open is one open element; a lone value is a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def mapping(value: Value) -> Mapping[str, Value]:
    """A mapping, empty where the property is absent; one that is open has whatever is asked for, open."""
    if value is None or isinstance(value, dict):
        return value or {}
    return _Open(value if is_leaf(value) else Unknown(f"names and values are wanted where {value!r} is"))


class _Open(Mapping[str, "Leaf"]):
    """A mapping of which nothing is known: any name may be in it, and what is there is open."""

    def __init__(self, reason: Leaf) -> None:
        self._reason = reason

    def __getitem__(self, _: str) -> Leaf:
        return self._reason

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def text(value: Value, default: str) -> MaybeText:
    """A string, or AWS's default for an absent one."""
    return default if value is None else scalar(value)


def optional_text(value: Value) -> MaybeText | None:
    """A string that may be absent."""
    return None if value is None else scalar(value)


def texts(value: Value) -> tuple[MaybeText, ...]:
    """The strings of a list."""
    return tuple(scalar(item) for item in items(value))


def text_map(value: Value) -> Mapping[str, MaybeText]:
    """A mapping of names to strings, such as labels; one that is open stays so."""
    given = mapping(value)
    return given if isinstance(given, _Open) else {name: text(each, "") for name, each in given.items()}


def number(value: Value, default: int) -> MaybeNumber:
    """A whole number, which templates may write as a string, or AWS's default for an absent one."""
    found = optional_number(value)
    return default if found is None else found


def port(value: Value) -> MaybeText | MaybeNumber:
    """A port of Kubernetes: a number, or the name of one."""
    return value if isinstance(value, int) else text(value, "")


def optional_number(value: Value) -> MaybeNumber | None:
    """A whole number that may be absent."""
    if value is None or is_leaf(value):
        return value
    try:
        return int(str(value))
    except ValueError:
        return Unknown(f"a number is wanted where {value!r} is")


def with_unit(value: Value, unit: str, *, times: int) -> MaybeNumber | None:
    """A whole number that may be absent, or a text such as "0.5 vCPU", of which a `unit` is `times` one.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
    """
    found = re.fullmatch(rf"(\d*\.?\d+)\s*{unit}", value, re.IGNORECASE) if isinstance(value, str) else None
    return round(float(found[1]) * times) if found else optional_number(value)


def flag(value: Value, *, default: bool) -> MaybeFlag:
    """A truth value, which templates may write as a string, or AWS's default for an absent one."""
    if value is None:
        return default
    if isinstance(value, bool) or is_leaf(value):
        return value
    known = {"true": True, "false": False, "enabled": True, "disabled": False}
    return known.get(str(value).lower(), Unknown(f"true or false is wanted where {value!r} is"))


def pairs(value: Value, *, name: str, content: str) -> dict[str, MaybeText]:
    """A list of names and contents, such as tags, as a mapping; `open_pairs` has those without a name."""
    return {
        given: scalar(mapping(item).get(content))
        for item in items(value)
        if isinstance(given := mapping(item).get(name), str)
    }


def open_pairs(value: Value, *, name: str) -> tuple[Leaf, ...]:
    """The elements of such a list of which not even the name is known."""
    names = (item if is_leaf(item) else mapping(item).get(name) for item in items(value))
    return tuple(given for given in names if is_leaf(given))


def known(value: MaybeText | None) -> str | None:
    """The string, None where it is open or absent."""
    return value if isinstance(value, str) else None


def parts(value: MaybeText) -> tuple[str | Leaf, ...]:
    """The pieces of a string of which some are open."""
    return value.parts if isinstance(value, Text) else (value,)
