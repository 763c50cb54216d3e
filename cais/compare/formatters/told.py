"""Words that several formats share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.expression import evaluate
from cais.compare.verdict import plain

if TYPE_CHECKING:
    from decimal import Decimal

    from cais.compare.bill import CostLine
    from cais.compare.report import Comparison, Duty, Figure

MINUTE = 120


def told_line(line: CostLine, comparison: Comparison) -> tuple[Decimal, str]:
    """What a line comes to, and how: its quantity, unit price and the resource it is for."""
    quantity = evaluate(line.quantity, comparison.values, comparison.day)
    price = evaluate(line.unit_price, comparison.values, comparison.day)
    mark = "" if line.price.confirmed else " ?"
    resource = ", ".join(f"{part.template} {part.logical_id}" for part in line.resources[:1])
    return quantity * price, f"{line.label}: {plain(quantity)} {line.unit} × {price:f}{mark} ({resource})"


def told_often(duty: Duty) -> str:
    """How often a duty comes, such as ", 3 times a year"; empty where that is not counted."""
    if duty.per_year is None:
        return ""
    return ", once a year" if duty.per_year == 1 else f", {duty.per_year} times a year"


def told_figure(figure: Figure) -> str:
    """A time with how it was found out, such as "12 s measured"."""
    if figure.seconds is None:
        return "–"
    seconds = figure.seconds
    told = f"{plain(seconds)} s" if seconds < MINUTE else f"{seconds / 60:.0f} min"
    return f"{told} {figure.basis}"
