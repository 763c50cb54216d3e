"""From an assembly, a load and prices to a comparison."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cais.compare.architecture import architecture_of
from cais.compare.assumptions import assumptions
from cais.compare.behaviour import answers
from cais.compare.cost import bill_of
from cais.compare.cost.kubernetes import runs_auto_mode
from cais.compare.coverage import not_modelled
from cais.compare.curves import GRID, MOST_SERVICES, Model, cheapest, crossovers, curve, pays_off_from, spread
from cais.compare.expression import RATE
from cais.compare.measured import measured_latency, measurement
from cais.compare.operations import duties
from cais.compare.parts import parts_of
from cais.compare.report import Comparison, PayOff, Target
from cais.compare.scope import scopes
from cais.compare.timing import figures
from cais.compare.verdict import verdict
from cais.site.build import build_site

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from decimal import Decimal

    from cais.compare.assumptions import Assumption
    from cais.compare.bill import Bill
    from cais.compare.load import LoadProfile
    from cais.compare.prices import PriceList
    from cais.compare.scope import Scope
    from cais.site.model.site import Site
    from cais.template import Assembly

STARTUP_SECONDS = 10
"""Of an image of which nobody tells."""


class AssumptionError(ValueError):
    """An assumption that does not exist, or a value out of its bounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a comparison is asked with.

    `changes` are values for assumptions, `measured` are verify's reports by target and `measured_from` says
    where they come from. `startup_seconds` is the contract's.
    """

    load: LoadProfile
    prices: PriceList
    today: date
    changes: Mapping[str, Decimal] = field(default_factory=dict)
    measured: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    measured_from: str = ""
    startup_seconds: int = STARTUP_SECONDS


def compare(assembly: Assembly, question: Question) -> Comparison:
    """The targets of an assembly side by side.

    Raises:
        AssumptionError: a change is of no assumption, or out of bounds.
    """
    site = build_site(assembly)
    assumed = adjusted(assumptions(question.load), question.changes)
    values = {item.id: item.default for item in assumed}
    bills = {scope: bill_of(scope, question.prices) for scope in with_variants(scopes(site, assembly))}
    for bill in bills.values():
        bill.settle(assumed, question.load.day)
    lines = {scope.name: tuple(line.amount for line in bill.lines) for scope, bill in bills.items()}
    model = Model(lines, values, question.load.day)
    targets = tuple(_target(scope, bill, model, question) for scope, bill in bills.items())
    curves = {target.name: curve(model, target.name) for target in targets}
    found = crossovers(model, curves, assumed) if curves else ()
    comparison = Comparison(
        load=replace(question.load, requests_per_second=values[RATE]),
        day=question.load.day,
        prices=question.prices,
        today=question.today,
        assumptions=assumed,
        values=values,
        targets=targets,
        monthly={
            target.name: bills[scope].total(values, question.load.day)
            for scope, target in zip(bills, targets, strict=True)
        },
        bands={target.name: spread(model, target.name, assumed) for target in targets},
        grid=GRID,
        curves=curves,
        cheapest=tuple(cheapest(curves, at) for at in range(len(GRID))) if curves else (),
        crossovers=found,
        pay_offs=_pay_offs(model, targets),
        verdict=(),
        not_modelled=not_modelled(site, assembly, bills),
        gaps=(*site.gaps, *site.serverless.gaps),
        warnings=_warnings(site, question, bills),
        measured=question.measured_from,
    )
    return replace(comparison, verdict=verdict(comparison))


def with_variants(found: Iterable[Scope]) -> tuple[Scope, ...]:
    """The targets, and EKS on nodes of its own as Auto Mode would run it."""
    every: list[Scope] = []
    for scope in found:
        every.append(scope)
        if scope.kind == "eks" and not runs_auto_mode(scope):
            every.append(replace(scope, variant="auto-mode"))
    return tuple(every)


def adjusted(assumed: Iterable[Assumption], changes: Mapping[str, Decimal]) -> tuple[Assumption, ...]:
    """The assumptions with some of them set by somebody who knows.

    Raises:
        AssumptionError: a change is of no assumption, or out of bounds; all problems at once.
    """
    by_id = {item.id: item for item in assumed}
    problems = [
        f"no assumption is called {name!r}; there are {', '.join(by_id)}"
        for name in changes
        if name not in by_id
    ]
    for name, value in changes.items():
        item = by_id.get(name)
        if item and not item.minimum <= value <= item.maximum:
            problems.append(f"{name} must be from {item.minimum} to {item.maximum}; it is {value}")
        elif item:
            by_id[name] = replace(item, default=value, low=value, high=value, source="given")
    if problems:
        raise AssumptionError("\n".join(problems))
    return tuple(by_id.values())


def _target(scope: Scope, bill: Bill, model: Model, question: Question) -> Target:
    parts = parts_of(scope)
    report = None if scope.variant else question.measured.get(scope.kind)
    return Target(
        name=scope.name,
        title=title(scope),
        variant_of=scope.kind if scope.variant else "",
        templates=tuple(sorted(scope.templates, key=lambda name: (name not in scope.own, name))),
        architecture=architecture_of(scope),
        bill=bill,
        parts=parts,
        time=figures(scope, report=report, startup=question.startup_seconds, values=model.values),
        latency=measured_latency(report) if report else (),
        measurement=measurement(report) if report else None,
        behaviour=answers(scope, model),
        operations=duties(scope, parts),
    )


def title(scope: Scope) -> str:
    """What a target is called in a sentence."""
    if scope.kind == "eks":
        return "EKS Auto Mode" if runs_auto_mode(scope) else "EKS"
    services = scope.within(scope.site.ecs.services).values()
    on_fargate = any(service.launch_type == "FARGATE" for service in services)
    return {"ecs": "ECS Fargate" if on_fargate else "ECS", "serverless": "Lambda"}[scope.kind]


def _pay_offs(model: Model, targets: Iterable[Target]) -> tuple[PayOff, ...]:
    names = [target.name for target in targets]
    return tuple(
        PayOff(target=name, than="ecs", services=pays_off_from(model, name, "ecs"), looked_to=MOST_SERVICES)
        for name in names
        if name.startswith("eks") and "ecs" in names
    )


def _warnings(site: Site, question: Question, bills: Mapping[Scope, Bill]) -> tuple[str, ...]:
    prices, warnings = question.prices, []
    if prices.is_old(question.today):
        warnings.append(
            f"the prices are {prices.age_days(question.today)} days old; refresh them: "
            f"cais prices refresh --region {prices.region}"
        )
    used = {line.price.id for bill in bills.values() for line in bill.lines if not line.price.confirmed}
    if used:
        warnings.append(
            f"no public page was seen to confirm {len(used)} of the prices: {', '.join(sorted(used))}"
        )
    if site.assumptions:
        warnings.append(f"this is one way that the templates can turn out: {'; '.join(site.assumptions)}")
    return tuple(warnings)
