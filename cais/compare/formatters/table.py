"""The targets side by side, as rows of cells."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cais.compare.expression import evaluate
from cais.compare.formatters.told import told_figure
from cais.compare.verdict import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cais.compare.report import Comparison, Target

Row = tuple[str, tuple[str, ...]]
TOPICS = {
    "compute": "compute",
    "entrance": "load balancer or API",
    "network": "network",
    "transfer": "data transfer",
    "data": "database",
    "observability": "logs and alarms",
    "storage": "images, secrets, keys",
}
ANSWERS = {"cold": "first answers measured, p50 / p99", "warm": "answers under load measured, p50 / p99"}


def rows_of(comparison: Comparison) -> Iterator[Row]:
    """Cost by topic, parts, times and duties: a label, and a cell for each target."""

    def row(label: str, cell: Callable[[Target], str]) -> Row:
        return label, tuple(cell(target) for target in comparison.targets)

    for topic, label in TOPICS.items():
        yield row(f"USD a month: {label}", lambda target, topic=topic: _topic(target, topic, comparison))
    yield row(
        "USD a month", lambda target: f"{comparison.monthly[target.name]:,.2f}{'+' * bool(target.unpriced)}"
    )
    yield row("USD a month, plausibly", lambda target: _band(target, comparison))
    yield row("USD for a million requests", lambda target: _per_million(target, comparison))
    yield row("resources, own + shared", _resources)
    yield row("roles, statements that allow widely", _roles)
    yield row("parts to keep up to date", lambda target: str(len(target.parts.upkeep)))
    yield row("known causes that can keep it from coming up", lambda target: str(len(target.parts.causes)))
    for at, figure in enumerate(comparison.targets[0].time if comparison.targets else ()):
        yield row(figure.label, lambda target, at=at: told_figure(target.time[at]))
    for kind, label in ANSWERS.items():
        if any(latency.kind == kind for target in comparison.targets for latency in target.latency):
            yield row(label, lambda target, kind=kind: _latency(target, kind))
    yield row("your work, times a year", _work)


def _topic(target: Target, topic: str, comparison: Comparison) -> str:
    lines = (line for line in target.lines if line.topic == topic)
    total = sum((evaluate(line.amount, comparison.values, comparison.day) for line in lines), Decimal(0))
    return f"{total:,.2f}"


def _band(target: Target, comparison: Comparison) -> str:
    low, high = comparison.bands[target.name]
    return f"{plain(low)} to {plain(high)}"


def _per_million(target: Target, comparison: Comparison) -> str:
    cost = comparison.per_million(target.name)
    return "–" if cost is None else f"{cost:,.2f}"


def _resources(target: Target) -> str:
    return f"{sum(target.parts.resources.values())} + {sum(target.parts.shared.values())}"


def _roles(target: Target) -> str:
    return f"{target.parts.roles}, {target.parts.wide_statements} of {target.parts.statements}"


def _latency(target: Target, kind: str) -> str:
    told = (f"{plain(each.p50)} / {plain(each.p99)} ms" for each in target.latency if each.kind == kind)
    return next(told, "–")


def _work(target: Target) -> str:
    return str(sum(duty.per_year or 0 for duty in target.operations if duty.who == "you"))
