"""Frozen values as frozen dataclasses make them, at a fraction of what those cost at the start.

`dataclasses` compiles six methods for each class when it is imported, and loads `inspect` itself. Preflight
has a hundred and thirty such classes and runs on every save: that was a fifth of its time. Here the methods
are shared, and the one that has to be fast is written when the first value of its class is made.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_VALUES: dict[type, Callable[[Any], Any]] = {}
"""Of every class, what takes the values of its fields."""
_DEFAULTS: dict[type, dict[str, Any]] = {}


class _Made:
    """Stands where a default is made anew for each value."""

    def __init__(self, factory: Callable[[], Any]) -> None:
        self.factory = factory


def field(*, default_factory: Callable[[], T]) -> T:
    """A default that every value has its own one of."""
    made: Any = _Made(default_factory)
    return made


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """What `dataclass(frozen=True, slots=True, kw_only=True)` makes of a class."""
    return _frozen_class(cls, _first_of_record)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def row(cls: type[T]) -> type[T]:
    """What `dataclass(frozen=True, slots=True)` makes of a class: its fields may be given in their order."""
    return _frozen_class(cls, _first_of_row)


def replace(value: T, /, **changes: Any) -> T:
    """A copy of a record with other values in some of its fields."""
    given = {name: getattr(value, name) for name in _names(type(value))}
    return type(value)(**(given | changes))


def _frozen_class(cls: type[T], init: Callable[..., None]) -> type[T]:
    names = tuple(cls.__annotations__)
    # A slot and a default cannot have one name, so the class is made again without its defaults.
    body = {name: each for name, each in vars(cls).items() if name not in {*names, "__dict__", "__weakref__"}}
    body |= {"__slots__": names, "__match_args__": names, "__qualname__": cls.__qualname__}
    body |= {"__init__": init, "__repr__": _repr, "__eq__": _eq, "__hash__": _hash}
    body |= {"__setattr__": _frozen, "__delattr__": _frozen}
    made: Any = type(cls)(cls.__name__, cls.__bases__, body)
    _VALUES[made] = attrgetter(*names)
    _DEFAULTS[made] = {name: vars(cls)[name] for name in names if name in vars(cls)}
    return made


def _first_of_record(self: Any, **given: Any) -> None:
    _write_init(type(self), "self, *, ")
    self.__init__(**given)


def _first_of_row(self: Any, *values: Any, **given: Any) -> None:
    _write_init(type(self), "self, ")
    self.__init__(*values, **given)


def _write_init(cls: type, start: str) -> None:
    """Gives the class an `__init__` of its own in the place of the one that waited for its first value."""
    defaults = _DEFAULTS[cls]
    parameters = (f"{name}=defaults[{name!r}]" if name in defaults else name for name in _names(cls))
    lines = [f"def __init__({start}{', '.join(parameters)}):"]
    for name in _names(cls):
        made = isinstance(defaults.get(name), _Made)
        value = f"{name}.factory() if {name} is defaults[{name!r}] else {name}" if made else name
        lines.append(f" put(self, {name!r}, {value})")
    scope: dict[str, Any] = {"defaults": defaults, "put": object.__setattr__}
    exec("\n".join(lines), scope)  # noqa: S102 - of the names of our own fields, as dataclasses does
    scope["__init__"].__qualname__ = f"{cls.__qualname__}.__init__"
    type.__setattr__(cls, "__init__", scope["__init__"])


def _names(cls: type) -> tuple[str, ...]:
    return cls.__match_args__


def _repr(self: Any) -> str:
    values = (f"{name}={getattr(self, name)!r}" for name in _names(type(self)))
    return f"{type(self).__qualname__}({', '.join(values)})"


def _eq(self: Any, other: Any) -> bool:
    if type(self) is not type(other):
        return NotImplemented
    values = _VALUES[type(self)]
    return values(self) == values(other)


def _hash(self: Any) -> int:
    return hash(_VALUES[type(self)](self))


def _frozen(self: Any, name: str, *_: Any) -> None:
    raise AttributeError(f"{type(self).__name__}.{name} is frozen")
