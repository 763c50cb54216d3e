"""What a field of the site can hold beside its plain type.

A field that could not be known holds the leaf that says why (`cais.template.values`), never a default:
who reads it must decide what an open value means. A list that could not be known is one element of which
every field is that leaf. Where AWS has a default, an absent property holds that default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

from cais.template.text import describe, is_leaf
from cais.template.values import Attribute, Leaf, Pseudo, Text, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

Key: TypeAlias = str | Leaf
"""The identity of a resource, hashable.

`Attribute(template, logical_id, "Ref")` for a resource of the templates, however it is referred to. What
exists outside of them is a literal, such as "sg-0a1b2c", or the leaf that names what is missing.
"""
MaybeText: TypeAlias = str | Leaf
MaybeNumber: TypeAlias = int | Leaf
MaybeFlag: TypeAlias = bool | Leaf


def found(index: Mapping[Key, T], key: Key | None) -> T | None:
    """The object with this key; None where it is outside of the site or not known."""
    return None if key is None else index.get(key)


__all__ = [
    "Attribute",
    "Key",
    "Leaf",
    "MaybeFlag",
    "MaybeNumber",
    "MaybeText",
    "Pseudo",
    "Text",
    "Unknown",
    "describe",
    "found",
    "is_leaf",
]
