"""Text for people: the answer first, then what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.expression import evaluate
from cais.compare.verdict import money, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.compare.report import Comparison, Target

CENT = 0.005


def render(comparison: Comparison) -> str:
    """The comparison as text."""
    return "".join(f"{line}\n" for line in _lines(comparison))


def _lines(comparison: Comparison) -> Iterator[str]:
    yield from comparison.verdict
    for target in comparison.targets:
        yield ""
        yield from _target(target, comparison)
    prices = comparison.prices
    yield ""
    age = prices.age_days(comparison.today)
    yield f"Prices of {prices.region} as of {prices.dated} ({age} days ago), in USD, without taxes."
    yield "Not modelled:"
    yield from (f"  {item}" for item in comparison.not_modelled)


def _target(target: Target, comparison: Comparison) -> Iterator[str]:
    per_million = comparison.per_million(target.name)
    told = "" if per_million is None else f", {money(per_million)} for a million requests"
    yield f"{target.title}: {money(comparison.monthly[target.name])} a month{told}"
    for line in target.lines:
        quantity = evaluate(line.quantity, comparison.values, comparison.day)
        price = evaluate(line.unit_price, comparison.values, comparison.day)
        if quantity * price >= CENT:
            mark = "" if line.price.confirmed else " ?"
            told = f"{plain(quantity)} {line.unit} × {price:f}{mark}"
            yield f"  {quantity * price:>10.2f}  {line.label}: {told}"
    yield from (f"  not priced  {item.label}: {item.reason}" for item in target.unpriced)
