"""Parameters: from their declaration, and what is given, to the value that `Ref` returns.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cais.template.text import is_leaf, scalar
from cais.template.values import Unknown

if TYPE_CHECKING:
    from cais.template.values import Value

SSM = "AWS::SSM::Parameter::Value<"
LISTS = ("List<", "CommaDelimitedList")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


def parameter_value(declared: dict[str, Any], label: str, given: Value = None) -> Value:
    """The value of a parameter: the given one, else its default, else unknown.

    A parameter of an SSM type takes a given value as it is, though CloudFormation would look it up.
    """
    kind, default = str(declared.get("Type")), declared.get("Default")
    if given is not None:
        return _typed(kind.removeprefix(SSM), given)
    if default is None:
        return Unknown(f"{label} (no default)")
    if kind.startswith(SSM):
        return Unknown(f"{label} (SSM parameter {default}, read at deployment)")
    return _typed(kind, default)


def allowed_values(declared: dict[str, Any]) -> tuple[str, ...]:
    """The values that a parameter may have, as text; empty where it may have any."""
    allowed = declared.get("AllowedValues")
    texts = [scalar(value) for value in allowed] if isinstance(allowed, list) else []
    return tuple(text for text in texts if isinstance(text, str))


def _typed(kind: str, value: Value) -> Value:
    """A value in the parameter's type. Lists are one text with commas, or a parent stack's list."""
    if not kind.startswith(LISTS):
        return _single(kind, value)
    if is_leaf(value):
        return value
    items = value if isinstance(value, list) else str(scalar(value)).split(",")
    each = "Number" if kind.startswith("List<Number>") else "String"
    return [_single(each, item.strip() if isinstance(item, str) else item) for item in items]


def _single(kind: str, value: Value) -> Value:
    text = scalar(value)
    if kind == "Number" and isinstance(text, str):
        number = _NUMBER.fullmatch(text)
        return text if number is None else float(text) if number[1] else int(text)
    return text
