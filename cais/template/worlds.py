"""Worlds: the ways in which conditions that nobody can decide yet may turn out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cais.template.text import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cais.template.values import Leaf

MOST_WORLDS = 8
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Atom:
    """A comparison that cannot be decided: whether `left` equals `right`."""

    left: Leaf
    right: str | Leaf

    def sentence(self, *, holds: bool) -> str:
        """The assumption in words."""
        right = f'"{self.right}"' if isinstance(self.right, str) else describe(self.right)
        return f"{describe(self.left)} {'is' if holds else 'is not'} {right}"


class World:
    """What is assumed about the atoms, first given, then made up (as true) on the way."""

    def __init__(self, given: Mapping[Atom, bool] | None = None) -> None:
        self.assumed = dict(given or {})
        self.given = len(self.assumed)

    def answer(self, atom: Atom) -> bool | None:
        """Whether the atom holds in this world; None where nothing is assumed about it yet."""
        known = self.assumed.get(atom)
        if known is None and isinstance(atom.right, str):
            taken = any(
                holds and other.left == atom.left and isinstance(other.right, str)
                for other, holds in self.assumed.items()
            )
            return False if taken else None
        return known

    def assume(self, atom: Atom) -> None:
        """Let the atom hold, which nothing was assumed about."""
        self.assumed[atom] = True

    def assumptions(self) -> tuple[str, ...]:
        """Everything that is assumed, in words."""
        return tuple(atom.sentence(holds=holds) for atom, holds in self.assumed.items())

    def alternatives(self) -> list[dict[Atom, bool]]:
        """The worlds that differ from this one in the first of some assumptions that it made up."""
        trail = list(self.assumed.items())
        return [dict(trail[:end]) | {trail[end][0]: False} for end in range(self.given, len(trail))]


def explore(look: Callable[[World], T], *, most: int = MOST_WORLDS) -> tuple[list[T], bool]:
    """What `look` sees in each world, and whether these are all worlds.

    The first world holds every atom that it meets; then come those that differ in one atom.
    """
    seen: list[T] = []
    waiting: deque[dict[Atom, bool]] = deque([{}])
    while waiting and len(seen) < most:
        world = World(waiting.popleft())
        seen.append(look(world))
        waiting.extend(world.alternatives())
    return seen, not waiting
