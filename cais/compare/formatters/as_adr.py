"""A decision record in Markdown, filled in with the numbers, for a team to paste into its repository.

https://adr.github.io/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.expression import evaluate
from cais.compare.formatters.table import rows_of
from cais.compare.formatters.told import told_often
from cais.compare.verdict import money, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.compare.report import Comparison, Target

CENT = 0.005


def render(comparison: Comparison) -> str:
    """The record."""
    return "".join(f"{line}\n" for line in _lines(comparison))


def _lines(comparison: Comparison) -> Iterator[str]:
    load = comparison.load
    yield "# Where to run the service"
    yield ""
    yield f"- Status: proposed, {comparison.today}"
    yield "- Deciders: …"
    yield ""
    yield "## Context"
    yield ""
    yield (
        f"The service gets {plain(load.requests_per_second)} requests/s ({load.shape}, {load.source}), "
        f"in {comparison.prices.region}. The figures are from `cais compare`, at prices as of "
        f"{comparison.prices.dated}, without taxes."
    )
    yield from ("", "## Options", "")
    yield from _table(comparison)
    for target in comparison.targets:
        yield from _option(target, comparison)
    yield from ("", "## Decision", "", "We choose …, because …", "", "What the figures say:", "")
    yield from (f"- {_safe(sentence)}" for sentence in comparison.verdict)
    yield from ("", "## Consequences", "")
    yield from _consequences(comparison)
    yield from ("", "## What the figures assume", "")
    yield from _assumptions(comparison)


def _table(comparison: Comparison) -> Iterator[str]:
    titles = " | ".join(target.title for target in comparison.targets)
    yield f"| | {titles} |"
    yield f"| --- |{' ---: |' * len(comparison.targets)}"
    for label, cells in rows_of(comparison):
        yield f"| {label} | {' | '.join(cells)} |"


def _option(target: Target, comparison: Comparison) -> Iterator[str]:
    yield from ("", f"### {target.title}, {money(comparison.monthly[target.name])} a month", "")
    yield "| Line | Quantity | Unit price | Amount | For |"
    yield "| --- | ---: | ---: | ---: | --- |"
    for line in target.lines:
        quantity = evaluate(line.quantity, comparison.values, comparison.day)
        price = evaluate(line.unit_price, comparison.values, comparison.day)
        if quantity * price >= CENT:
            resource = ", ".join(f"`{_safe(part.logical_id)}`" for part in line.resources[:1])
            told = f"{plain(quantity)} {line.unit} | {price:f} | {quantity * price:.2f}"
            yield f"| {_safe(line.label)} | {told} | {resource} |"
    yield from (f"\nNot priced: {_safe(item.label)}, as {_safe(item.reason)}." for item in target.unpriced)
    yield ""
    yield from (f"- {item.question} {_safe(item.answer)}." for item in target.behaviour)


def _consequences(comparison: Comparison) -> Iterator[str]:
    for target in comparison.targets:
        owed = [f"{duty.what}{told_often(duty)}" for duty in target.operations if duty.who == "you"]
        yield f"- With {target.title} we {_safe('; '.join(owed))}."


def _assumptions(comparison: Comparison) -> Iterator[str]:
    moving = {one.assumption for item in comparison.crossovers for one in item.influences}
    for item in comparison.assumptions:
        note = "; moves where the cheapest option changes" if item.id in moving else ""
        yield f"- {item.label}: {item.default:f} {item.unit} ({_safe(item.source)}){note}".replace("  ", " ")
    yield from (f"- Left out: {_safe(item)}." for item in comparison.not_modelled)


def _safe(text: str) -> str:
    """A template's text, kept from being Markdown."""
    return text.replace("\n", " ").replace("|", "\\|").replace("`", "'").replace("<", "&lt;")
