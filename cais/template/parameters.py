"""Parameters: from their declaration and what is given to the value that `Ref` returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cais.template.text import scalar
from cais.template.values import Unknown

if TYPE_CHECKING:
    from cais.template.values import Value

SSM_TYPE = "AWS::SSM::Parameter::Value<"


def parameter_value(template: str, name: str, declared: Any, given: Value = None) -> Value:
    """The value of a parameter: the given one, else its default, else unknown."""
    kind = declared.get("Type", "String") if isinstance(declared, dict) else "String"
    default = declared.get("Default") if isinstance(declared, dict) else None
    if given is not None:
        return _typed(str(kind), given)
    if default is None:
        return Unknown(f"parameter {name} of {template} has no default")
    if str(kind).startswith(SSM_TYPE):
        return Unknown(f"parameter {name} of {template} is read from SSM parameter {default} at deployment")
    return _typed(str(kind), default)


def _typed(kind: str, value: Value) -> Value:
    """A value in the parameter's type: lists are written with commas."""
    if kind.startswith(SSM_TYPE):
        kind = kind.removeprefix(SSM_TYPE).removesuffix(">")
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        each = kind.removeprefix("List<").removesuffix(">")
        values = value.split(",") if isinstance(value, str) else value
        return (
            [_single(each, _stripped(part)) for part in values]
            if isinstance(values, list)
            else scalar(values)
        )
    return _single(kind, ",".join(value) if _is_strings(value) else value)


def _single(kind: str, value: Value) -> Value:
    text = scalar(value)
    if kind == "Number" and isinstance(text, str):
        return _number(text)
    return text


def _number(text: str) -> Value:
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text


def _stripped(value: Value) -> Value:
    return value.strip() if isinstance(value, str) else value


def _is_strings(value: Value) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)
