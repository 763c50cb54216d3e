"""Application Load Balancers: their hours, and the capacity units (LCU) that they use.

https://aws.amazon.com/elasticloadbalancing/pricing/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.assumptions import CONNECTION_REQUESTS, CONNECTION_SECONDS, HOURS, SERVICES
from cais.compare.cost.charts import ingresses
from cais.compare.cost.quantities import CURRENT_LOAD, KB_OF_GB, SECONDS_OF_HOUR
from cais.compare.expression import expression, maximum, over_day
from cais.compare.load import REQUEST_KB, RESPONSE_KB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cais.compare.bill import Bill
    from cais.compare.expression import Expression, Operand
    from cais.compare.scope import Scope
    from cais.findings import Subject
    from cais.site.model.balancing import LoadBalancer

NEW_CONNECTIONS = 25
ACTIVE_CONNECTIONS = 3000
GB_OF_TARGETS = "1"
GB_OF_FUNCTIONS = "0.4"
RULE_EVALUATIONS = 1000
FREE_RULES = 10


def capacity_units(
    *,
    connections: Operand,
    active: Operand,
    gb_per_hour: Operand,
    requests: Operand,
    rules: Operand = 1,
    functions: bool = False,
) -> Expression:
    """LCUs: the greatest of new connections a second, active ones, gigabytes an hour and rule evaluations.

    The first ten rules that a request is held against are free.
    """
    evaluations = expression(requests) * maximum(0, expression(rules) - FREE_RULES)
    return maximum(
        expression(connections) / NEW_CONNECTIONS,
        expression(active) / ACTIVE_CONNECTIONS,
        expression(gb_per_hour) / (GB_OF_FUNCTIONS if functions else GB_OF_TARGETS),
        evaluations / RULE_EVALUATIONS,
    )


def charge_load_balancers(scope: Scope, bill: Bill) -> None:
    """The load balancers of the templates, and those that a chart's Ingress has its controller make."""
    balancers = balancers_of(scope)
    application = [item for item in balancers if item.kind == "application"]
    for service in scope.within(scope.site.ecs.services).values() if scope.kind == "ecs" else ():
        if service.targets and not balancers:
            label = f"load balancer of {service.subject.logical_id}"
            bill.leave_open(label, "it is not in these templates", (service.subject,))
    for balancer in balancers:
        if balancer.kind != "application":
            reason = f"a load balancer of kind {balancer.kind} is not modelled"
            bill.leave_open(f"load balancer {balancer.subject.logical_id}", reason, (balancer.subject,))
    entrances = [item.subject for item in application] + [chart.release.subject for chart in ingresses(scope)]
    for subject in entrances:
        rules = 1 + len(scope.within(scope.site.balancing.rules))
        _charge(subject, len(entrances), rules, bill)


def balancers_of(scope: Scope) -> list[LoadBalancer]:
    """The load balancers of a target: those of its own templates, and those that lead to its services."""
    inside = scope.within(scope.site.balancing.load_balancers)
    bound = [
        binding.target_group
        for service in scope.within(scope.site.ecs.services).values()
        for binding in service.targets
        if scope.kind == "ecs"
    ]
    leading = [
        way.load_balancer.key
        for group in bound
        for way in (scope.site.balancing.forwardings.get(group, ()) if group else ())
        if way.load_balancer
    ]
    return [item for key, item in inside.items() if item.subject.template in scope.own or key in leading]


def _charge(subject: Subject, entrances: int, rules: int, bill: Bill) -> None:
    resources: Sequence[Subject] = (subject,)
    bill.charge(
        topic="entrance",
        label="ALB hours",
        quantity=HOURS * SERVICES,
        price="alb-hour",
        resources=resources,
        basis="one load balancer for each service",
    )
    load = CURRENT_LOAD / entrances
    connections = load / CONNECTION_REQUESTS
    units = capacity_units(
        connections=connections,
        active=connections * CONNECTION_SECONDS,
        gb_per_hour=load * SECONDS_OF_HOUR * (REQUEST_KB + RESPONSE_KB) / KB_OF_GB,
        requests=load,
        rules=rules,
    )
    bill.charge(
        topic="entrance",
        label="ALB capacity units",
        quantity=over_day(units) * HOURS * SERVICES,
        price="alb-lcu-hour",
        resources=resources,
        basis="the greatest of new connections, active connections, bytes and rule evaluations",
    )
