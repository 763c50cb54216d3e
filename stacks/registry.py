"""Targets by name: ours and a stranger's, found through entry points."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from stacks.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.metadata import EntryPoint

GROUP = "cais.targets"


class TargetError(ValueError):
    """Targets that cannot be used: two packages register the same name, or one cannot be loaded."""


def installed_targets() -> Mapping[str, EntryPoint]:
    """The entry points of group `cais.targets` of every installed package, by name; none is imported.

    Raises:
        TargetError: two of them have the same name.
    """
    return by_name(entry_points(group=GROUP))


def by_name(points: Iterable[EntryPoint]) -> Mapping[str, EntryPoint]:
    """`points` by their names.

    Raises:
        TargetError: two different ones have the same name; the text names both.
    """
    found: dict[str, EntryPoint] = {}
    for point in points:
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise TargetError(
                f"two targets are called {point.name!r}: {_origin(other)} and {_origin(point)}; uninstall one"
            )
    return found


def load_target(point: EntryPoint) -> Target:
    """The target behind `point`.

    Raises:
        TargetError: its module or class is not there, is no target, or calls itself by another name.
    """
    try:
        target = point.load()()
    except (ImportError, AttributeError) as error:
        raise TargetError(f"target {point.name!r} cannot be loaded from {_origin(point)}: {error}") from error
    if not isinstance(target, Target):
        raise TargetError(
            f"target {point.name!r} of {_origin(point)} is none: it needs name, stack_name and build"
        )
    if target.name != point.name:
        raise TargetError(f"target {point.name!r} of {_origin(point)} calls itself {target.name!r}")
    return target


def _origin(point: EntryPoint) -> str:
    package = f" of {point.dist.name}" if point.dist else ""
    return f"{point.value}{package}"
