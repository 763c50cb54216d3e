"""What a network costs: NAT gateways, interface endpoints and public IPv4 addresses.

https://aws.amazon.com/vpc/pricing/ and https://aws.amazon.com/privatelink/pricing/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.assumptions import HOURS, SERVICES
from cais.compare.cost.balancing import balancers_of
from cais.compare.cost.charts import ingresses
from cais.compare.cost.logs import log_gb
from cais.compare.cost.tasks import Running, running_services
from cais.compare.expression import ceiling, expression, over_day

if TYPE_CHECKING:
    from cais.compare.bill import Bill
    from cais.compare.expression import Expression, Operand
    from cais.compare.scope import Scope
    from cais.findings import Subject
    from cais.site.model.network import Endpoint

ZONES = 2
"""Of a load balancer whose subnets a controller chooses: the two that an ALB needs at least."""


def nat_gateway(*, hours: Operand, gigabytes: Operand) -> tuple[Expression, Expression]:
    """What a NAT gateway is billed for: every started hour, and every gigabyte in either direction."""
    return ceiling(hours), expression(gigabytes)


def charge_network(scope: Scope, bill: Bill) -> None:
    """The network that the target is in. What does not carry its load is paid once for all services."""
    if not scope.within(scope.site.network.vpcs) and scope.subnets():
        bill.leave_open("network", "its NAT gateways and endpoints are not in these templates", ())
    endpoints = list(scope.within(scope.site.network.endpoints).values())
    _charge_nat(scope, endpoints, bill)
    for endpoint in endpoints:
        if endpoint.kind == "interface":
            _charge_endpoint(endpoint, scope, bill)
    _charge_addresses(scope, bill)


def _charge_nat(scope: Scope, endpoints: list[Endpoint], bill: Bill) -> None:
    gateways = list(scope.within(scope.site.network.nat_gateways).values())
    hours, gigabytes = nat_gateway(hours=HOURS, gigabytes=log_gb())
    for gateway in gateways:
        bill.charge(
            topic="network",
            label="NAT gateway hours",
            quantity=hours,
            price="nat-hour",
            resources=(gateway.subject,),
            basis="one gateway, all month",
            shared=True,
        )
    if gateways and "logs" not in {endpoint.service for endpoint in endpoints} and scope.kind == "ecs":
        bill.charge(
            topic="network",
            label="NAT gateway data",
            quantity=gigabytes,
            price="nat-gb",
            resources=tuple(gateway.subject for gateway in gateways),
            basis="the service's logs on their way to CloudWatch",
        )


def _charge_endpoint(endpoint: Endpoint, scope: Scope, bill: Bill) -> None:
    zones = len(endpoint.subnets) or ZONES
    bill.charge(
        topic="network",
        label=f"endpoint {endpoint.service}",
        quantity=HOURS * zones,
        price="endpoint-hour",
        resources=(endpoint.subject,),
        basis=f"{zones} zones, all month",
        shared=True,
    )
    if endpoint.service == "logs" and scope.kind == "ecs":
        bill.charge(
            topic="network",
            label="endpoint logs, data",
            quantity=log_gb(),
            price="endpoint-gb",
            resources=(endpoint.subject,),
            basis="the service's logs on their way to CloudWatch",
        )


def _charge_addresses(scope: Scope, bill: Bill) -> None:
    """Every public IPv4 address costs, whoever made it."""
    for gateway in scope.within(scope.site.network.nat_gateways).values():
        if gateway.is_public is True:
            _charge_address("the NAT gateway", expression(1), gateway.subject, bill, shared=True)
    for balancer in balancers_of(scope):
        if balancer.internet_facing is True:
            count = len(balancer.subnets) * SERVICES
            _charge_address("the load balancer", count, balancer.subject, bill)
    for chart in ingresses(scope):
        _charge_address("the load balancer", ZONES * SERVICES, chart.release.subject, bill)
    for service in running_services(scope):
        if isinstance(service, Running) and service.service.assign_public_ip is True:
            count = over_day(service.copies()) * SERVICES
            _charge_address("the tasks", count, service.service.subject, bill)


def _charge_address(
    what: str, count: Expression, subject: Subject, bill: Bill, *, shared: bool = False
) -> None:
    bill.charge(
        topic="network",
        label=f"public IPv4 of {what}",
        quantity=count * HOURS,
        price="ipv4-hour",
        resources=(subject,),
        basis="an address in each of its zones, or for each task",
        shared=shared,
    )
