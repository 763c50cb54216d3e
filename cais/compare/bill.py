"""A bill: lines of quantity × unit price = amount, each from resources of the templates.

A line's quantity and unit price are expressions, so a bill holds for every load. A price in steps gives a
line for each step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from cais.compare.expression import Expression, Number, evaluate, expression, maximum, minimum, variables
from cais.compare.packing import NoRoomError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cais.compare.assumptions import Assumption
    from cais.compare.expression import Operand, Period
    from cais.compare.prices import Price, PriceList, Tier
    from cais.findings import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """One line. `topic` groups lines; `basis` says in words where the quantity comes from.

    `resources` are what is charged for. A line that is `shared` is paid once, however many services of the
    kind there are on the same cluster or in the same network.
    """

    id: str
    topic: str
    label: str
    quantity: Expression
    unit: str
    unit_price: Expression
    price: Price
    resources: tuple[Subject, ...]
    basis: str
    shared: bool = False

    @property
    def amount(self) -> Expression:
        """What the line comes to in a month."""
        return self.quantity * self.unit_price


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpriced:
    """What costs something and could not be priced, and why."""

    label: str
    reason: str
    resources: tuple[Subject, ...]


@dataclass(slots=True, kw_only=True)
class Bill:
    """Collects the lines of one target."""

    prices: PriceList
    lines: list[CostLine] = field(default_factory=list)
    unpriced: list[Unpriced] = field(default_factory=list)

    def charge(
        self,
        *,
        topic: str,
        label: str,
        quantity: Operand,
        price: str,
        resources: Sequence[Subject],
        basis: str,
        discount: Operand = 0,
        shared: bool = False,
    ) -> None:
        """Adds the lines for a month's `quantity` at a price, less a `discount` from 0 to 1."""
        found = self.prices.prices.get(price)
        if found is None:
            self.leave_open(label, f"{self.prices.region} has no price {price!r}", resources)
            return
        for step, (part, tier) in enumerate(in_tiers(expression(quantity), found.tiers)):
            self.lines.append(
                CostLine(
                    id=f"{topic}-{len(self.lines) + 1}",
                    topic=topic,
                    label=label if step == 0 else f"{label}, step {step + 1}",
                    quantity=part,
                    unit=found.unit,
                    unit_price=_less(tier.amount, expression(discount)),
                    price=found,
                    resources=tuple(resources),
                    basis=basis,
                    shared=shared,
                )
            )

    def leave_open(self, label: str, reason: str, resources: Sequence[Subject]) -> None:
        """Says that something could not be priced."""
        self.unpriced.append(Unpriced(label=label, reason=reason, resources=tuple(resources)))

    def settle(self, assumptions: Sequence[Assumption], day: Sequence[Period]) -> None:
        """Leaves open the lines that come to no number within what is assumed: pods that fit on no node."""
        for line in tuple(self.lines):
            try:
                for values in _cases(line, assumptions):
                    evaluate(line.quantity, values, day)
            except NoRoomError as error:
                self.lines.remove(line)
                self.leave_open(line.label, str(error), line.resources)

    def total(self, values: Mapping[str, Decimal], day: Sequence[Period]) -> Decimal:
        """What the month comes to."""
        return sum((evaluate(line.amount, values, day) for line in self.lines), Decimal(0))


def _cases(line: CostLine, assumptions: Sequence[Assumption]) -> Iterator[dict[str, Decimal]]:
    """The values as they are, and with each uncertain one that the line depends on at its ends."""
    values = {item.id: item.default for item in assumptions}
    yield values
    names = variables(line.quantity)
    for item in assumptions:
        if item.id in names and item.low != item.high:
            yield {**values, item.id: item.low}
            yield {**values, item.id: item.high}


def in_tiers(quantity: Expression, tiers: Sequence[Tier]) -> list[tuple[Expression, Tier]]:
    """The part of a quantity that falls into each step of a price."""
    parts: list[tuple[Expression, Tier]] = []
    start = Decimal(0)
    for tier in tiers:
        above = quantity if start == 0 else maximum(0, quantity - start)
        parts.append((above if tier.up_to is None else minimum(above, tier.up_to - start), tier))
        start = start if tier.up_to is None else tier.up_to
    return parts


def _less(amount: Decimal, discount: Expression) -> Expression:
    return Number(amount) if discount == Number(Decimal(0)) else amount * (1 - discount)
