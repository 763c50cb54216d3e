"""How a target behaves: without load, with ten times as much, without a zone, without its database."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cais.compare.cost.charts import charts
from cais.compare.cost.quantities import copies
from cais.compare.cost.tasks import Running, running_services
from cais.compare.expression import LOAD, RATE, evaluate
from cais.compare.report import Answer
from cais.compare.scope import callable_functions
from cais.site.model.values import found

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.compare.curves import Model
    from cais.compare.scope import Scope

TIMES = 10


def answers(scope: Scope, model: Model) -> tuple[Answer, ...]:
    """The four cases of a target."""
    return (
        Answer(id="zero-load", question="What happens without load?", answer=_zero_load(scope, model)),
        Answer(
            id="ten-times", question="What happens at ten times the load?", answer=_ten_times(scope, model)
        ),
        Answer(
            id="zone-loss", question="What happens when an availability zone goes?", answer=_zone_loss(scope)
        ),
        Answer(
            id="database-loss", question="What happens when the database goes?", answer=_database_loss(scope)
        ),
    )


def _zero_load(scope: Scope, model: Model) -> str:
    cost = model.along(model.total(scope.name), RATE, {})(Decimal(0))
    runs = {
        "ecs": "its least number of tasks keeps running",
        "eks": "the cluster and its least number of nodes keep running",
    }
    pause = ""
    if scope.kind == "eks" and _can_pause(scope):
        pause = "; Aurora never pauses, as readiness probes ask it"
    elif _can_pause(scope):
        pause = "; Aurora pauses, and the first request after that waits about 15 s or hears 503"
    return f"{runs.get(scope.kind, 'nothing of its own runs')}; USD {cost:.2f} a month{pause}"


def _ten_times(scope: Scope, model: Model) -> str:
    load = model.values[RATE] * max(period.factor for period in model.day) * TIMES
    if scope.kind == "serverless":
        return _lambda_at(scope, load, model.values)
    needs = [(need, most) for need, most in _copies_at(scope, load, model.values)]
    told = [
        f"{need} copies at {load:.4g} requests/s"
        + (f", but the most allowed is {most}" if most and most < need else "")
        for need, most in needs
    ]
    return "; ".join(told) or "the templates scale nothing: the copies there are take it, or fail"


def _copies_at(
    scope: Scope, load: Decimal, values: Mapping[str, Decimal]
) -> Iterator[tuple[int, int | None]]:
    at = {**values, LOAD: load}
    for service in running_services(scope):
        if isinstance(service, Running) and service.most is not None:
            yield int(evaluate(service.copies(), at)), service.most
    for chart in charts(scope):
        if chart.serves and chart.most is not None:
            yield int(evaluate(copies(vcpu=chart.cpu, least=chart.least), at)), chart.most


def _lambda_at(scope: Scope, load: Decimal, values: Mapping[str, Decimal]) -> str:
    wanted = load * values["request_seconds"]
    functions = scope.site.serverless.functions
    limits = [
        functions[key].reserved_concurrency for key in callable_functions(scope.site) if key in functions
    ]
    limit = next((item for item in limits if isinstance(item, int)), None)
    told = f"{wanted:.3g} requests at a time at {load:.4g} requests/s, started as they come"
    if limit is not None:
        told += (
            f"; {limit} at a time are reserved, more are refused"
            if wanted > limit
            else f"; {limit} are reserved"
        )
    return told


def _zone_loss(scope: Scope) -> str:
    subnets = [found(scope.site.network.subnets, key) for key in scope.subnets()]
    zones = {subnet.zone for subnet in subnets if subnet}
    gateways = scope.within(scope.site.network.nat_gateways)
    told = f"copies run in {len(zones)} zones" if zones else "the templates name no subnets"
    if len(zones) > 1:
        told += "; those of the others go on"
    if len(gateways) == 1 and zones:
        told += "; with the one NAT gateway's zone, the way out of all of them is gone"
    databases = [item for item in scope.within(scope.site.data.databases).values() if item.kind == "instance"]
    if len(databases) == 1:
        told += "; the one database instance is made anew in another zone, within about ten minutes"
    return told


def _database_loss(scope: Scope) -> str:
    databases = scope.within(scope.site.data.databases)
    if not databases:
        tables = scope.within(scope.site.data.tables)
        return "DynamoDB keeps three copies in three zones" if tables else "the templates hold no database"
    told = {
        "ecs": f"requests fail; a check of {_check_path(scope)} that asks the database replaces every task",
        "eks": "requests fail, and pods that are not ready leave the load balancer; none restarts for it",
        "serverless": "requests fail; nothing else notices",
    }
    return told[scope.kind]


def _check_path(scope: Scope) -> str:
    groups = scope.within(scope.site.balancing.target_groups).values()
    paths = [group.health.path for group in groups if isinstance(group.health.path, str)]
    return paths[0] if paths else "the load balancer"


def _can_pause(scope: Scope) -> bool:
    databases = scope.within(scope.site.data.databases).values()
    return any(item.capacity is not None and item.capacity[0] == 0 for item in databases)
