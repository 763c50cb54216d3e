"""What a resolved template value can be, beyond plain JSON.

A template is resolved once, when it is loaded: every intrinsic function is gone from what the site
reads. What only the deployment, or nobody, can know stays as one of the frozen leaves below, so that
"could not resolve" never looks like a value.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct


class Unknown(Struct, frozen=True):
    """A value that the template does not tell; `reason` names what is missing.

    For example 'parameter VpcId of ecs.yaml (no default)' or 'export "Shared-Vpc", which no template here
    makes'.
    """

    reason: str


class Attribute(Struct, frozen=True):
    """An attribute of a resource of this assembly, which exists once it is deployed.

    `name` is "Ref" for what `Ref` returns, else the attribute of `Fn::GetAtt`, such as "Arn". Two equal
    attributes are the same value. Exports, imports and nested stack outputs are already followed.
    """

    template: str
    logical_id: str
    name: str


class Pseudo(Struct, frozen=True):
    """A pseudo parameter that nobody gave a value, such as "AWS::Region"; or the region's zones.

    "Fn::GetAZs" is the list of availability zones, "Fn::GetAZs[0]" its first one: zones of different
    numbers are different zones. Two equal pseudo parameters are the same value.
    """

    name: str


class Text(Struct, frozen=True):
    """A string with parts that are not known yet; neighbouring plain parts are already joined."""

    parts: tuple[str | Attribute | Pseudo | Unknown, ...]


Leaf: TypeAlias = Unknown | Attribute | Pseudo | Text
Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | Leaf | None"
