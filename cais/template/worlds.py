"""Worlds: the ways in which conditions that nobody can decide yet may turn out."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from cais.template.limits import MOST_ASSUMPTIONS, MOST_WORLDS, Budget
from cais.template.text import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cais.template.values import Leaf

T = TypeVar("T")


class Atom(NamedTuple):
    """A comparison that cannot be decided: whether `left` equals `right`."""

    left: Leaf
    right: str | Leaf


class World:
    """What is assumed about atoms: what is given, then what is made up (as true) on the way."""

    def __init__(self, given: Iterable[tuple[Atom, bool]] = (), *, budget: Budget) -> None:
        self.spend = budget.spend
        self._assumed: dict[Atom, bool] = {}
        self._answers: dict[Leaf, dict[str, bool]] = {}
        self._allowed: dict[Leaf, tuple[str, ...]] = {}
        for atom, holds in given:
            self.assume(atom, holds=holds)
        self._given = len(self._assumed)

    def allow(self, left: Leaf, values: tuple[str, ...]) -> None:
        """Let `left` be one of these values, and no other."""
        self._allowed[left] = values

    def answer(self, atom: Atom) -> bool | None:
        """Whether the atom holds in this world; None where nothing is assumed about it yet."""
        known = self._assumed.get(atom)
        if known is None and isinstance(atom.right, str):
            known = self._follows(atom.left, atom.right)
        # So many open questions make more worlds than are looked at anyway: the rest are answered at will.
        return False if known is None and len(self._assumed) >= MOST_ASSUMPTIONS else known

    def _follows(self, left: Leaf, right: str) -> bool | None:
        """What the values that `left` has, has not, or may have, say about `right`."""
        answers = self._answers.get(left, {})
        if any(answers.values()):
            return False
        if left not in self._allowed:
            return None
        possible = [value for value in self._allowed[left] if value not in answers]
        if right not in possible:
            return False
        return True if len(possible) == 1 else None

    def assume(self, atom: Atom, *, holds: bool = True) -> None:
        """Let an atom hold, or not, that has no answer yet."""
        self._assumed[atom] = holds
        if isinstance(atom.right, str):
            self._answers.setdefault(atom.left, {})[atom.right] = holds

    def assumptions(self) -> tuple[str, ...]:
        """Everything that is assumed, in words."""
        return tuple(_sentence(atom, holds=holds) for atom, holds in self._assumed.items())

    def alternatives(self) -> list[list[tuple[Atom, bool]]]:
        """Worlds that agree with this one up to one assumption that it made up, and differ in that."""
        trail = list(self._assumed.items())
        most = min(len(trail), self._given + MOST_WORLDS)
        return [[*trail[:end], (trail[end][0], False)] for end in range(self._given, most)]


def explore(look: Callable[[World], T]) -> tuple[list[T], bool]:
    """What `look` sees in each world, and whether these are all worlds.

    Every atom holds in the first world; then come those that differ from it in one atom, then the rest.
    """
    seen: list[T] = []
    budget = Budget()
    waiting: deque[list[tuple[Atom, bool]]] = deque([[]])
    while waiting and len(seen) < MOST_WORLDS:
        world = World(waiting.popleft(), budget=budget)
        seen.append(look(world))
        waiting.extend(world.alternatives())
    return seen, not waiting


def _sentence(atom: Atom, *, holds: bool) -> str:
    right = f'"{atom.right}"' if isinstance(atom.right, str) else describe(atom.right)
    return f"{describe(atom.left)} {'is' if holds else 'is not'} {right}"
