"""Cost against load, and against the number of services: who is cheapest where, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from cais.compare.assumptions import SERVICES
from cais.compare.expression import LOAD, RATE, bound, evaluate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
HALVINGS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """How far a crossover moves when one assumption goes to the ends of its band."""

    assumption: str
    at_low: Decimal | None
    at_high: Decimal | None


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
    """The monthly cost of every target as an expression, and the values of its variables."""

    totals: Mapping[str, Expression]
    values: Mapping[str, Decimal]
    day: tuple[Period, ...]

    def open_in(self, *names: str, changes: Mapping[str, Decimal] | None = None) -> dict[str, Expression]:
        """The totals with every variable bound but these, some of them to other values."""
        values = {**self.values, **(changes or {})}
        given = {name: value for name, value in values.items() if name not in {*names, LOAD}}
        return {target: bound(total, given) for target, total in self.totals.items()}

    def cost(self, total: Expression, name: str, value: Decimal) -> Decimal:
        """A total of `open_in` with its variable at a value."""
        return evaluate(total, {RATE: self.values[RATE], name: value}, self.day)


def curve(model: Model, target: str) -> tuple[Decimal, ...]:
    """What a target costs at every rate of `GRID`."""
    total = model.open_in(RATE)[target]
    return tuple(model.cost(total, RATE, rate) for rate in GRID)


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


def pays_off_from(model: Model, target: str, other: str) -> int | None:
    """From how many services on one cluster and network a target costs less than another; None for never."""
    totals = model.open_in(SERVICES.name)
    dearer = totals[target] - totals[other]
    counts = range(1, MOST_SERVICES + 1)
    return next((count for count in counts if model.cost(dearer, SERVICES.name, Decimal(count)) < 0), None)


def _crossover(
    model: Model, below: str, above: str, between: tuple[Decimal, Decimal], assumptions: Sequence[Assumption]
) -> Crossover:
    rate = _crossing(model, below, above, between, {})
    assert rate is not None, "the winner changes between the two ends"  # noqa: S101 - the caller saw it
    influences = tuple(
        _influence(model, below, above, rate, item) for item in assumptions if item.low != item.high
    )
    moves = [
        sorted((_log_move(end, rate) for end in (item.at_low, item.at_high)), key=lambda move: move)
        for item in influences
    ]
    down = sum((min(move[0], Decimal(0)) ** 2 for move in moves), Decimal(0)).sqrt()
    up = sum((max(move[1], Decimal(0)) ** 2 for move in moves), Decimal(0)).sqrt()
    moving = tuple(item for item in influences if item.at_low != item.at_high)
    return Crossover(
        rate=rate, below=below, above=above, low=rate * (-down).exp(), high=rate * up.exp(), influences=moving
    )


def _influence(model: Model, below: str, above: str, rate: Decimal, assumption: Assumption) -> Influence:
    around = (rate / 100, rate * 100)
    low, high = (
        _crossing(model, below, above, around, {assumption.id: end})
        for end in (assumption.low, assumption.high)
    )
    return Influence(assumption=assumption.id, at_low=low, at_high=high)


def _crossing(
    model: Model, below: str, above: str, between: tuple[Decimal, Decimal], changes: Mapping[str, Decimal]
) -> Decimal | None:
    """Where, between two rates, `above` becomes cheaper than `below`; None where it does not."""
    totals = model.open_in(RATE, changes=changes)
    dearer = totals[above] - totals[below]
    low, high = (end.ln() for end in between)
    if model.cost(dearer, RATE, between[0]) < 0 or model.cost(dearer, RATE, between[1]) > 0:
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if model.cost(dearer, RATE, middle.exp()) > 0 else (low, middle)
    return ((low + high) / 2).exp()


def _log_move(end: Decimal | None, rate: Decimal) -> Decimal:
    return (Decimal(100) if end is None else end / rate).ln()
