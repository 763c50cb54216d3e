"""VPCs, subnets, routes, endpoints and ACLs."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from cais.site.builders import values as v
from cais.site.builders.acls import build_acls
from cais.site.builders.identity import document
from cais.site.builders.routes import build_route_tables, stray_routes
from cais.site.builders.security_groups import build_security_groups, stray_rules
from cais.site.model.network import (
    Endpoint,
    InternetGateway,
    NatGateway,
    Network,
    PrefixList,
    Subnet,
    Vpc,
)
from cais.template.text import is_leaf
from cais.template.values import Attribute, Text, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.site.model.values import Key, MaybeText
    from cais.template import Assembly, Resource, Value

SUBNET = "AWS::EC2::Subnet"
TABLE_OF_SUBNET = ("AWS::EC2::SubnetRouteTableAssociation", "RouteTableId")
ACL_OF_SUBNET = ("AWS::EC2::SubnetNetworkAclAssociation", "NetworkAclId")
SERVICE_NAME = re.compile(r"(?:cn\.)?com\.amazonaws\.[a-z0-9-]+\.(.+)")


def build_network(assembly: Assembly) -> Network:
    """Everything that routes, filters and ends traffic."""
    attachments = _attachments(assembly)
    vpcs = {vpc.key: vpc for vpc in (_vpc(each, attachments) for each in assembly.resources("AWS::EC2::VPC"))}
    tables, acls = _of_subnets(assembly, TABLE_OF_SUBNET), _of_subnets(assembly, ACL_OF_SUBNET)
    subnets = [_subnet(each, vpcs, tables, acls) for each in assembly.resources(SUBNET)]
    route_tables = build_route_tables(assembly, vpcs.values())
    groups = build_security_groups(assembly, vpcs.values())
    endpoints = [_endpoint(each, vpcs) for each in assembly.resources("AWS::EC2::VPCEndpoint")]
    of_vpc: defaultdict[Key, list[Endpoint]] = defaultdict(list)
    for endpoint in endpoints:
        of_vpc[endpoint.vpc].append(endpoint)
    return Network(
        vpcs=vpcs,
        subnets={subnet.key: subnet for subnet in subnets},
        route_tables=route_tables,
        internet_gateways={
            v.own_key(each): InternetGateway(
                key=v.own_key(each),
                subject=v.subject(each),
                vpcs=_homes(v.own_key(each), attachments),
            )
            for each in assembly.resources("AWS::EC2::InternetGateway")
        },
        nat_gateways={
            gateway.key: gateway for gateway in map(_nat, assembly.resources("AWS::EC2::NatGateway"))
        },
        endpoints={endpoint.key: endpoint for endpoint in endpoints},
        acls=build_acls(assembly, vpcs.values()),
        security_groups=groups,
        prefix_lists={
            found.key: found for found in map(_prefix_list, assembly.resources("AWS::EC2::PrefixList"))
        },
        endpoints_of_vpc={vpc: tuple(found) for vpc, found in of_vpc.items()},
        strays={
            "security group rules": stray_rules(assembly, groups),
            "routes": stray_routes(assembly, route_tables),
        },
    )


def _attachments(assembly: Assembly) -> list[tuple[Key, Key]]:
    """Pairs of internet gateway and VPC."""
    return [
        (v.key(each.properties["InternetGatewayId"]), v.key(each.properties.get("VpcId")))
        for each in assembly.resources("AWS::EC2::VPCGatewayAttachment")
        if each.properties.get("InternetGatewayId") is not None
    ]


def _homes(gateway: Key, attachments: list[tuple[Key, Key]]) -> tuple[Key, ...]:
    """The VPCs of a gateway; one that is open for each attachment of which nobody knows the gateway."""
    return tuple(
        vpc if other == gateway else Unknown("the VPC of an internet gateway")
        for other, vpc in attachments
        if other == gateway or not isinstance(other, (str, Attribute))
    )


def _vpc(resource: Resource, attachments: list[tuple[Key, Key]]) -> Vpc:
    given, key = resource.properties, v.own_key(resource)
    place = (resource.template, resource.logical_id)
    return Vpc(
        key=key,
        subject=v.subject(resource),
        cidrs=(v.text(given.get("CidrBlock"), ""),)
        if "CidrBlock" in given
        else (Unknown("a block of IPAM"),),
        dns_support=v.flag(given.get("EnableDnsSupport"), default=True),
        dns_hostnames=v.flag(given.get("EnableDnsHostnames"), default=False),
        internet_gateways=tuple(gateway for gateway, vpc in attachments if vpc == key),
        main_route_table=Attribute(*place, "MainRouteTable"),
        default_acl=Attribute(*place, "DefaultNetworkAcl"),
        default_security_group=Attribute(*place, "DefaultSecurityGroup"),
    )


def _of_subnets(assembly: Assembly, association: tuple[str, str]) -> defaultdict[Key, Key | None]:
    """The table or ACL that subnets are given instead of their VPC's; perhaps any, if nobody knows which."""
    kind, holder = association
    subnets = {v.own_key(each) for each in assembly.resources(SUBNET)}
    given: dict[Key, Key | None] = {}
    default: Key | None = None
    for each in assembly.resources(kind):
        subnet = v.key(each.properties.get("SubnetId"))
        given[subnet] = v.key(each.properties.get(holder))
        if v.is_stray(subnet, subnets):
            default = Unknown(f"the subnet of {each.logical_id}")
    return defaultdict(lambda: default, given)


def _subnet(
    resource: Resource,
    vpcs: Mapping[Key, Vpc],
    tables: Mapping[Key, Key | None],
    acls: Mapping[Key, Key | None],
) -> Subnet:
    given, key = resource.properties, v.own_key(resource)
    vpc = v.key(given.get("VpcId"))
    home = vpcs.get(vpc)
    return Subnet(
        key=key,
        subject=v.subject(resource),
        vpc=vpc,
        zone=v.text(given.get("AvailabilityZone", given.get("AvailabilityZoneId")), "")
        or Unknown("the zone that AWS picks"),
        cidr=v.optional_text(given.get("CidrBlock")),
        ipv6_only=v.flag(given.get("Ipv6Native"), default=False),
        maps_public_ip=v.flag(given.get("MapPublicIpOnLaunch"), default=False),
        route_table=tables[key] or (home.main_route_table if home else Unknown("the VPC's main table")),
        acl=acls[key] or (home.default_acl if home else Unknown("the VPC's default ACL")),
        tags=v.pairs(given.get("Tags"), name="Key", content="Value"),
        open_tags=v.open_pairs(given.get("Tags"), name="Key"),
    )


def _nat(resource: Resource) -> NatGateway:
    given = resource.properties
    kind = v.text(given.get("ConnectivityType"), "public")
    return NatGateway(
        key=v.own_key(resource),
        subject=v.subject(resource),
        subnet=v.optional_key(given.get("SubnetId")),
        vpc=v.optional_key(given.get("VpcId")),
        is_public=kind == "public" if isinstance(kind, str) else kind,
        address=v.optional_key(given.get("AllocationId")),
    )


def _endpoint(resource: Resource, vpcs: Mapping[Key, Vpc]) -> Endpoint:
    given = resource.properties
    vpc = v.key(given.get("VpcId"))
    groups = v.keys(given.get("SecurityGroupIds"))
    home = vpcs.get(vpc)
    # AWS gives an endpoint that names no group the default one of its VPC.
    fallback = (home.default_security_group,) if home else ()
    return Endpoint(
        key=v.own_key(resource),
        subject=v.subject(resource),
        vpc=vpc,
        kind=_kind(given.get("VpcEndpointType")),
        service=_service(v.text(given.get("ServiceName"), "")),
        subnets=v.keys(given.get("SubnetIds")),
        security_groups=groups or fallback,
        private_dns=v.flag(given.get("PrivateDnsEnabled"), default=False),
        route_tables=v.keys(given.get("RouteTableIds")),
        policy=document(given["PolicyDocument"], v.subject(resource)) if "PolicyDocument" in given else None,
    )


def _kind(value: Value) -> Any:
    if is_leaf(value):
        return value
    return {"Interface": "interface", "Gateway": "gateway", None: "gateway"}.get(
        v.known(v.text(value, "Gateway")), "other"
    )


def _service(name: MaybeText) -> MaybeText:
    """The short name: what comes behind the region."""
    if isinstance(name, str):
        match = SERVICE_NAME.fullmatch(name)
        return match[1] if match else name
    if isinstance(name, Text) and isinstance(name.parts[-1], str) and name.parts[-1].startswith("."):
        return name.parts[-1].removeprefix(".")
    return name


def _prefix_list(resource: Resource) -> PrefixList:
    entries = v.items(resource.properties.get("Entries"))
    return PrefixList(
        key=v.own_key(resource),
        subject=v.subject(resource),
        cidrs=tuple(v.text(v.mapping(entry).get("Cidr"), "") for entry in entries),
    )
