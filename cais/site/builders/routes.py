"""Route tables and where their routes lead."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from cais.site.builders import values as v
from cais.site.ends import EVERYWHERE
from cais.site.model.network import Route, RouteTable
from cais.template.text import is_leaf
from cais.template.values import Attribute, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cais.findings import Subject
    from cais.site.model.network import Vpc
    from cais.site.model.values import Key
    from cais.template import Assembly, Resource

TABLE, ROUTE = "AWS::EC2::RouteTable", "AWS::EC2::Route"
HOPS = {
    "NatGatewayId": "nat",
    "TransitGatewayId": "transit",
    "VpcPeeringConnectionId": "peering",
    "VpcEndpointId": "endpoint",
    "NetworkInterfaceId": "interface",
    "InstanceId": "instance",
    "EgressOnlyInternetGatewayId": "egress-only-gateway",
    "CarrierGatewayId": "other",
    "LocalGatewayId": "other",
    "CoreNetworkArn": "other",
}
GATEWAY_TYPES = {"AWS::EC2::InternetGateway": "internet-gateway", "AWS::EC2::VPNGateway": "vpn"}
GATEWAY_IDS = {"igw": "internet-gateway", "vgw": "vpn", "vpce": "endpoint"}


def build_route_tables(assembly: Assembly, vpcs: Iterable[Vpc]) -> dict[Key, RouteTable]:
    """Every table with its routes; a VPC that the assembly makes has an empty main one."""
    kinds = {v.own_key(each): GATEWAY_TYPES[each.type] for each in assembly.resources(*GATEWAY_TYPES)}
    routes: defaultdict[Key, list[Route]] = defaultdict(list)
    for resource in assembly.resources(ROUTE):
        routes[v.key(resource.properties.get("RouteTableId"))].append(_route(resource, kinds))
    tables = [
        RouteTable(
            key=v.own_key(each),
            subject=v.subject(each),
            vpc=v.key(each.properties.get("VpcId")),
            routes=tuple(routes[v.own_key(each)]),
        )
        for each in assembly.resources(TABLE)
    ]
    tables += [RouteTable(key=vpc.main_route_table, subject=vpc.subject, vpc=vpc.key) for vpc in vpcs]
    return {table.key: table for table in tables}


def stray_routes(assembly: Assembly, tables: Mapping[Key, RouteTable]) -> tuple[Subject, ...]:
    """The routes of which nobody knows the table, and that may lead to everywhere."""
    return tuple(
        v.subject(each)
        for each in assembly.resources(ROUTE)
        if v.is_stray(v.key(each.properties.get("RouteTableId")), tables) and _may_be_default(each)
    )


def _may_be_default(resource: Resource) -> bool:
    destination = v.optional_text(resource.properties.get("DestinationCidrBlock"))
    return is_leaf(destination) or destination in {None, EVERYWHERE}


def _route(resource: Resource, gateways: dict[Key, str]) -> Route:
    given = resource.properties
    kind, via = _hop(resource, gateways)
    return Route(
        subject=v.subject(resource),
        destination=v.optional_text(given.get("DestinationCidrBlock", given.get("DestinationIpv6CidrBlock"))),
        prefix_list=v.optional_key(given.get("DestinationPrefixListId")),
        kind=kind,
        via=via,
    )


def _hop(resource: Resource, gateways: dict[Key, str]) -> tuple[Any, Key | None]:
    """What kind of thing the route leads to, and which."""
    given = resource.properties
    if "GatewayId" in given:
        via = v.key(given["GatewayId"])
        return _gateway(via, gateways), via
    for name, kind in HOPS.items():
        if name in given:
            return kind, v.key(given[name])
    return Unknown("where the route leads"), None


def _gateway(via: Key, gateways: dict[Key, str]) -> Any:
    if isinstance(via, str):
        return GATEWAY_IDS.get(via.partition("-")[0], "other")
    if isinstance(via, Attribute):
        return gateways.get(via, "other")
    return via
