"""The way from a subnet to the internet: routes, gateways, NAT and public addresses.

https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.acls import ANY_EPHEMERAL, acl_lets_out
from cais.site.ends import EVERYWHERE, INTERNET
from cais.site.model.values import Attribute, Unknown, describe, found, is_leaf
from cais.site.proof import Proof, every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.site.model.network import NatGateway, Route, RouteTable, Subnet
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeFlag

NAT64 = "64:ff9b::/96"


def leads_out(site: Site, subnet: Subnet, *, public_ip: MaybeFlag) -> Proof:
    """Whether IPv4 packets get from a subnet to the internet, and answers back; filters are not asked.

    `public_ip` is whether what sends them has a public address.
    """
    name = subnet.subject.logical_id
    table = found(site.network.route_tables, subnet.route_table)
    if table is None:
        return Proof(verdict="unproven", missing=f"the route table of {name}: {describe(subnet.route_table)}")
    destination = EVERYWHERE
    if subnet.ipv6_only is True:
        destination = NAT64
    elif is_leaf(subnet.ipv6_only):
        return Proof(verdict="unproven", missing=f"whether {name} has IPv4")
    route = next((route for route in table.routes if route.destination == destination), None)
    if route is None:
        return _no_route(site, subnet, table, destination)
    return _follow(site, subnet, route, public_ip)


def is_public(site: Site, subnet: Subnet) -> MaybeFlag:
    """Whether the default route of a subnet leads to an internet gateway."""
    table = found(site.network.route_tables, subnet.route_table)
    if table is None:
        return Unknown(f"the route table of {subnet.subject.logical_id}: {describe(subnet.route_table)}")
    kinds = {route.kind for route in table.routes if route.destination == EVERYWHERE}
    unseen = [f"where {route.subject.logical_id} leads" for route in table.routes if is_leaf(route.kind)]
    unseen += _unseen(site, table)
    return Unknown(unseen[0]) if unseen and "internet-gateway" not in kinds else "internet-gateway" in kinds


def _unseen(site: Site, table: RouteTable) -> Iterator[str]:
    """Where a route of the table could be that nobody sees."""
    yield from (
        f"where {route.subject.logical_id} leads" for route in table.routes if is_leaf(route.destination)
    )
    for stray in site.network.strays.get("routes", ()):
        yield f"the route table that {stray.logical_id} belongs to"


def _no_route(site: Site, subnet: Subnet, table: RouteTable, destination: str) -> Proof:
    if unseen := [*_unseen(site, table), *site.gaps]:
        return Proof(verdict="unproven", missing=unseen[0])
    named = f"{table.subject.logical_id}, the route table of {subnet.subject.logical_id},"
    if subnet.route_table not in {each.key for each in site.network.route_tables.values()}:
        named = f"The route table of {subnet.subject.logical_id}"
    return Proof(verdict="refuted", steps=(f"{named} has no route to {destination}",))


def _follow(site: Site, subnet: Subnet, route: Route, public_ip: MaybeFlag) -> Proof:
    name, by = subnet.subject.logical_id, f"by {route.subject.logical_id}"
    via = describe(route.via or "")
    if route.kind == "internet-gateway":
        step = f"{name} leads to the internet gateway {via}, {by}"
        return every((_attached(site, subnet, route, step), _has_address(name, public_ip, step)))
    if route.kind == "nat":
        gateway = found(site.network.nat_gateways, route.via)
        step = f"{name} leads to the NAT gateway {via}, {by}"
        if gateway is None:
            return Proof(verdict="unproven", steps=(step,), missing=f"the NAT gateway {via}")
        return every((Proof(verdict="proven", steps=(step,)), _translates(site, gateway)))
    if route.kind == "egress-only-gateway":
        return Proof(verdict="refuted", steps=(f"{name} leads to {via}, which takes IPv6 alone, {by}",))
    return Proof(verdict="unproven", missing=f"where {via or route.subject.logical_id} leads")


def _attached(site: Site, subnet: Subnet, route: Route, step: str) -> Proof:
    gateway = found(site.network.internet_gateways, route.via)
    if gateway is None or subnet.vpc in gateway.vpcs or not isinstance(subnet.vpc, Attribute):
        return Proof(verdict="proven", steps=(step,))
    said = f"{gateway.subject.logical_id} is not attached to the VPC of {subnet.subject.logical_id}"
    if any(is_leaf(vpc) and not isinstance(vpc, Attribute) for vpc in gateway.vpcs):
        return Proof(verdict="unproven", steps=(step,), missing=f"the VPC of {gateway.subject.logical_id}")
    return Proof(verdict="refuted", steps=(step, said), culprit=gateway.subject)


def _has_address(name: str, public_ip: MaybeFlag, step: str) -> Proof:
    if public_ip is True:
        return Proof(verdict="proven", steps=(step, f"There is a public address in {name}"))
    if public_ip is False:
        said = f"In {name} there is no public address, without which no answer comes back"
        return Proof(verdict="refuted", steps=(step, said))
    return Proof(verdict="unproven", steps=(step,), missing=describe(public_ip))


def _translates(site: Site, gateway: NatGateway) -> Proof:
    """Whether a NAT gateway itself gets to the internet."""
    name = gateway.subject.logical_id
    if gateway.is_public is False:
        said = f"{name} is a private NAT gateway, which reaches no public address"
        return Proof(verdict="refuted", steps=(said,), culprit=gateway.subject)
    if is_leaf(gateway.is_public):
        return Proof(verdict="unproven", missing=describe(gateway.is_public))
    if gateway.subnet is None:  # a regional one routes by itself
        return Proof(verdict="proven")
    home = found(site.network.subnets, gateway.subnet)
    if home is None:
        return Proof(verdict="unproven", missing=f"the subnet of {name}: {describe(gateway.subnet)}")
    if _is_behind_nat(site, home):
        said = f"{name} is in {home.subject.logical_id}, which itself leads to a NAT gateway"
        return Proof(verdict="refuted", steps=(said,), culprit=gateway.subject)
    out = leads_out(site, home, public_ip=True)
    return every((out, acl_lets_out(site, home, INTERNET, (443, 443), answers=ANY_EPHEMERAL)))


def _is_behind_nat(site: Site, subnet: Subnet) -> bool:
    table = found(site.network.route_tables, subnet.route_table)
    return (
        any(route.kind == "nat" and route.destination == EVERYWHERE for route in table.routes)
        if table
        else False
    )
