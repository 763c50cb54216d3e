"""Cost against load, and against the number of services: who is cheapest where, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from itertools import pairwise
from operator import add
from typing import TYPE_CHECKING

from cais.compare.assumptions import SERVICES
from cais.compare.expression import LOAD, RATE, bound, evaluate, expression, variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cais.compare.assumptions import Assumption
    from cais.compare.expression import Expression, Period

DECADES = range(-2, 4)
STEPS = 10
GRID = tuple(
    (Decimal(10) ** (Decimal(step) / STEPS)).quantize(Decimal("1e-6"))
    for step in range(DECADES.start * STEPS, DECADES.stop * STEPS + 1)
)
"""Requests per second from 0.01 to 10,000, evenly on a logarithmic scale."""
MOST_SERVICES = 100
HALVINGS = 26
FARTHEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """Where a crossover goes with one assumption at an end of its band: `FARTHEST` times away at most."""

    assumption: str
    at_low: Decimal
    at_high: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossover:
    """The load at which another target becomes the cheapest, in requests per second.

    From `low` to `high` it may lie: the moves that each uncertain assumption alone causes, added as
    independent errors are (the root of the sum of squares, of the logarithms).
    """

    rate: Decimal
    below: str
    above: str
    low: Decimal
    high: Decimal
    influences: tuple[Influence, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """What every target costs in a month, line by line, and the values of the variables in that."""

    lines: Mapping[str, tuple[Expression, ...]]
    values: Mapping[str, Decimal]
    day: tuple[Period, ...]

    def total(self, target: str) -> Expression:
        """The sum of a target's lines."""
        return _sum(self.lines[target])

    def difference(self, target: str, other: str) -> Expression:
        """How much more a target costs than another: without the lines that both have."""
        left, right = list(self.lines[target]), list(self.lines[other])
        for line in self.lines[target]:
            if line in right:
                left.remove(line)
                right.remove(line)
        return _sum(left) - _sum(right)

    def along(
        self, total: Expression, name: str, changes: Mapping[str, Decimal]
    ) -> Callable[[Decimal], Decimal]:
        """A cost as a function of one variable, the others at their values or changes of them."""
        values = {**self.values, **changes}
        open_in = bound(total, {key: value for key, value in values.items() if key not in {name, RATE, LOAD}})
        return lambda value: evaluate(open_in, {RATE: values[RATE], name: value}, self.day)


def _sum(lines: Iterable[Expression]) -> Expression:
    return reduce(add, lines, expression(0))


def curve(model: Model, target: str) -> tuple[Decimal, ...]:
    """What a target costs at every rate of `GRID`."""
    return tuple(map(model.along(model.total(target), RATE, {}), GRID))


def cheapest(curves: Mapping[str, Sequence[Decimal]], at: int) -> str:
    """The target that costs least at a point of its curve."""
    return min(curves, key=lambda target: curves[target][at])


def crossovers(
    model: Model, curves: Mapping[str, Sequence[Decimal]], assumptions: Sequence[Assumption]
) -> tuple[Crossover, ...]:
    """Every load at which the cheapest target changes."""
    winners = [cheapest(curves, at) for at in range(len(GRID))]
    return tuple(
        _crossover(model, below, above, (GRID[at], GRID[at + 1]), assumptions)
        for at, (below, above) in enumerate(pairwise(winners))
        if below != above
    )


def spread(model: Model, target: str, assumptions: Sequence[Assumption]) -> tuple[Decimal, Decimal]:
    """What a target may cost at least and at most: moves of what is uncertain, added as for a crossover."""
    total = model.total(target)
    cost = evaluate(total, model.values, model.day)
    down = up = Decimal(0)
    for item in assumptions:
        if item.low != item.high and item.id in variables(total):
            along = model.along(total, item.id, {})
            moves = along(item.low) - cost, along(item.high) - cost
            down += min(*moves, Decimal(0)) ** 2
            up += max(*moves, Decimal(0)) ** 2
    return cost - down.sqrt(), cost + up.sqrt()


def pays_off_from(model: Model, target: str, other: str) -> int | None:
    """From how many services on one cluster and network a target costs less than another; None for never."""
    dearer = model.along(model.difference(target, other), SERVICES.name, {})
    return next((count for count in range(1, MOST_SERVICES + 1) if dearer(Decimal(count)) < 0), None)


def _crossover(
    model: Model, below: str, above: str, between: tuple[Decimal, Decimal], assumptions: Sequence[Assumption]
) -> Crossover:
    dearer = model.difference(above, below)
    rate = _crossing(model.along(dearer, RATE, {}), between)
    there = variables(dearer)
    influences = tuple(
        _influence(model, dearer, rate, item)
        for item in assumptions
        if item.low != item.high and item.id in there
    )
    ends = [((one.at_low / rate).ln(), (one.at_high / rate).ln()) for one in influences]
    down = sum((min(*pair, Decimal(0)) ** 2 for pair in ends), Decimal(0)).sqrt()
    up = sum((max(*pair, Decimal(0)) ** 2 for pair in ends), Decimal(0)).sqrt()
    return Crossover(
        rate=rate,
        below=below,
        above=above,
        low=rate * (-down).exp(),
        high=rate * up.exp(),
        influences=influences,
    )


def _influence(model: Model, dearer: Expression, rate: Decimal, assumption: Assumption) -> Influence:
    # Not as far up as down: else the first middle were the crossing itself, where a rounding error decides.
    around = (rate / FARTHEST, rate * FARTHEST / 2)
    low, high = (
        _crossing(model.along(dearer, RATE, {assumption.id: end}), around)
        for end in (assumption.low, assumption.high)
    )
    return Influence(assumption=assumption.id, at_low=low, at_high=high)


def _crossing(dearer: Callable[[Decimal], Decimal], between: tuple[Decimal, Decimal]) -> Decimal:
    """Where, between two rates, something ceases to be dearer; one of the two, where it does not."""
    if dearer(between[0]) < 0:
        return between[0]
    if dearer(between[1]) > 0:
        return between[1]
    low, high = (end.ln() for end in between)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if dearer(middle.exp()) > 0 else (low, middle)
    return ((low + high) / 2).exp()
