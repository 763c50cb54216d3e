"""Text for people: the answer, the targets side by side, then each bill and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.formatters.as_table import CONTROLS, answer
from cais.compare.formatters.told import told_line, told_often
from cais.compare.verdict import money, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.compare.report import Comparison, Target

CENT = 0.005


def render(comparison: Comparison) -> str:
    """The comparison as text."""
    return "".join(f"{line.translate(CONTROLS)}\n" for line in _lines(comparison))


def _lines(comparison: Comparison) -> Iterator[str]:
    yield from answer(comparison)
    for target in comparison.targets:
        yield ""
        yield from _target(target, comparison)
    yield ""
    yield from _assumptions(comparison)
    yield "Not in these figures:"
    yield from (f"  {item}" for item in comparison.not_modelled)
    yield from (f"Not read: {gap}" for gap in comparison.gaps)


def _target(target: Target, comparison: Comparison) -> Iterator[str]:
    computed = f", as {target.variant_of} would be" if target.variant_of else ""
    yield f"{target.title}{computed}: {money(comparison.monthly[target.name])} a month"
    for line in target.lines:
        amount, told = told_line(line, comparison)
        if amount >= CENT:
            yield f"  {amount:>10.2f}  {told}"
    yield from (f"  not priced  {item.label}: {item.reason}" for item in target.unpriced)
    yield from (f"  {item.question} {item.answer}" for item in target.behaviour)
    for duty in target.operations:
        yield f"  {duty.who}: {duty.what}{told_often(duty)}"


def _assumptions(comparison: Comparison) -> Iterator[str]:
    load, prices = comparison.load, comparison.prices
    yield f"Load: {plain(load.requests_per_second)} requests/s, {load.shape}, from {load.source}."
    age = prices.age_days(comparison.today)
    yield (
        f"Prices: {prices.region} as of {prices.dated} ({age} days ago), in {prices.currency}, without taxes;"
        ' "?" marks one that no public page was seen to confirm.'
    )
    yield "Assumed (--assume NAME=NUMBER):"
    for item in comparison.assumptions:
        band = f", {item.low:f} to {item.high:f}" if item.low != item.high else ""
        yield f"  {item.id} = {item.default:f} {item.unit}{band}: {item.label} ({item.source})"
