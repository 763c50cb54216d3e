"""Frozen dataclasses that share their methods, so that defining one costs a tenth.

`dataclasses` compiles six methods for every class at its import. The site has ninety classes, and preflight
runs on every save: that was half of its start.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")
_FIELDS: dict[type, tuple[tuple[str, Any, Any], ...]] = {}
"""Of every record: the names of its fields, with their defaults and what makes one."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """What `dataclass(frozen=True, slots=True, kw_only=True)` makes of a class."""
    made: Any = dataclass(slots=True, kw_only=True, init=False, repr=False, eq=False)(cls)
    _FIELDS[made] = tuple((each.name, each.default, each.default_factory) for each in fields(made))
    made.__init__, made.__repr__ = _init, _repr
    made.__eq__, made.__hash__ = _eq, _hash
    made.__setattr__ = made.__delattr__ = _frozen
    return made


def _init(self: Any, **given: Any) -> None:
    put = object.__setattr__
    for name, default, factory in _FIELDS[type(self)]:
        if name in given:
            put(self, name, given.pop(name))
        elif default is not MISSING:
            put(self, name, default)
        elif factory is not MISSING:
            put(self, name, factory())
        else:
            raise TypeError(f"{type(self).__name__} needs {name}")
    if given:
        raise TypeError(f"{type(self).__name__} has no {', '.join(given)}")


def _values(self: Any) -> tuple[Any, ...]:
    return tuple(getattr(self, name) for name, _, _ in _FIELDS[type(self)])


def _repr(self: Any) -> str:
    pairs = zip(_FIELDS[type(self)], _values(self), strict=True)
    return f"{type(self).__qualname__}({', '.join(f'{name}={value!r}' for (name, _, _), value in pairs)})"


def _eq(self: Any, other: Any) -> bool:
    return _values(self) == _values(other) if type(self) is type(other) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _frozen(self: Any, name: str, *_: Any) -> None:
    raise AttributeError(f"{type(self).__name__}.{name} is frozen")
