"""The answer in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from cais.compare.report import Comparison

TWO_DIGITS = 10


def verdict(comparison: Comparison) -> tuple[str, ...]:
    """Who is cheapest at this load, at which loads others are, and when a cluster pays off."""
    if not comparison.targets:
        return ("Nothing in these templates answers requests, so there is nothing to compare.",)
    return tuple(_sentences(comparison))


def undecided(comparison: Comparison) -> bool:
    """Whether what is not priced of the cheapest target, but is of another one, may make it a dearer one."""
    open_parts = _open_parts(comparison)
    best = min(comparison.monthly, key=lambda name: comparison.monthly[name])
    return any(open_parts[best] - others for others in open_parts.values())


def _priced_alike(comparison: Comparison) -> bool:
    return len(set(_open_parts(comparison).values())) == 1


def _open_parts(comparison: Comparison) -> dict[str, frozenset[str]]:
    return {target.name: frozenset(item.label for item in target.unpriced) for target in comparison.targets}


def _sentences(comparison: Comparison) -> Iterator[str]:
    titles = {target.name: target.title for target in comparison.targets}
    ranked = sorted(comparison.monthly, key=lambda name: comparison.monthly[name])
    first, *others = (f"{titles[name]} at {money(comparison.monthly[name])}" for name in ranked)
    rate = f"At {plain(comparison.load.requests_per_second)} requests/s"
    so_far = "" if _priced_alike(comparison) else "As far as it is priced: "
    if others and undecided(comparison):
        why = f"as not all of {titles[ranked[0]]} is priced"
        yield f"{rate} the cheapest cannot be told, {why}: {first} a month, {', '.join(others)}."
    elif others:
        yield f"{rate} the cheapest is {first} a month; {', '.join(others)}."
    if others:
        yield so_far + _by_load(comparison, titles)
    else:
        yield f"{rate}: {first} a month."
    for target in comparison.targets:
        if target.unpriced:
            missing = ", ".join(item.label for item in target.unpriced)
            yield f"{target.title} costs more than that: {len(target.unpriced)} not priced ({missing})."
    for pay_off in comparison.pay_offs:
        name, other = f"{so_far}{titles[pay_off.target]}", titles[pay_off.than]
        if pay_off.services is None:
            yield f"{name} costs more than {other} with up to {pay_off.looked_to} services on one cluster."
        else:
            yield f"{name} costs less than {other} from {pay_off.services} services on one cluster."


def _by_load(comparison: Comparison, titles: dict[str, str]) -> str:
    if not comparison.crossovers:
        return (
            f"{titles[comparison.cheapest[0]]} is the cheapest at every load from 0.01 to 10,000 requests/s."
        )
    start = comparison.crossovers[0]
    parts = [f"Below {plain(start.rate)} requests/s ({_band(start.low, start.high)}) {titles[start.below]}"]
    for at, crossover in enumerate(comparison.crossovers):
        last = at + 1 == len(comparison.crossovers)
        until = "" if last else f" up to {plain(comparison.crossovers[at + 1].rate)}"
        band = "" if at == 0 else f" ({_band(crossover.low, crossover.high)})"
        start_told = " from there" if last or at == 0 else f" from {plain(crossover.rate)}"
        parts.append(f"{titles[crossover.above]}{start_told}{band}{until}")
    return "; ".join(parts) + "."


def _band(low: Decimal, high: Decimal) -> str:
    return f"between {plain(low)} and {plain(high)}"


def money(amount: Decimal) -> str:
    """US dollars to the cent."""
    return f"USD {amount:,.2f}"


def plain(number: Decimal) -> str:
    """A number to two digits, or to its whole part."""
    return f"{number:,.0f}" if number >= TWO_DIGITS else f"{float(number):.2g}"
