"""Networks: VPCs and what routes, filters and ends traffic in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.findings import Subject
    from cais.site.model.identity import PolicyDocument
    from cais.site.model.values import Key, Leaf, MaybeFlag, MaybeNumber, MaybeText

HopKind = Literal[
    "internet-gateway",
    "egress-only-gateway",
    "nat",
    "endpoint",
    "vpn",
    "transit",
    "peering",
    "interface",
    "instance",
    "other",
]


class Vpc(Struct, frozen=True, kw_only=True):
    """A VPC. `cidrs` are IPv4 blocks, `internet_gateways` the attached ones.

    The three defaults are what its subnets and endpoints get that name nothing else.
    """

    key: Key
    subject: Subject
    cidrs: tuple[MaybeText, ...]
    dns_support: MaybeFlag = True
    dns_hostnames: MaybeFlag = False
    internet_gateways: tuple[Key, ...] = ()
    main_route_table: Key
    default_acl: Key
    default_security_group: Key


class Subnet(Struct, frozen=True, kw_only=True):
    """A subnet. `route_table` and `acl` are the effective ones, the VPC's own where nothing is associated.

    `zone` is the availability zone: equal zones are the same, zones of different numbers differ.
    """

    key: Key
    subject: Subject
    vpc: Key
    zone: MaybeText
    cidr: MaybeText | None
    ipv6_only: MaybeFlag = False
    maps_public_ip: MaybeFlag = False
    route_table: Key
    acl: Key
    tags: Mapping[str, MaybeText] = field(default_factory=dict)
    open_tags: tuple[Leaf, ...] = ()


class Route(Struct, frozen=True, kw_only=True):
    """Where packets to a CIDR or a prefix list go. `via` is None where the route names no target."""

    subject: Subject
    destination: MaybeText | None
    prefix_list: Key | None = None
    kind: HopKind | Leaf
    via: Key | None


class RouteTable(Struct, frozen=True, kw_only=True):
    """A route table, without the VPC's local routes, which every one has."""

    key: Key
    subject: Subject
    vpc: Key
    routes: tuple[Route, ...] = ()


class InternetGateway(Struct, frozen=True, kw_only=True):
    """An internet gateway and the VPCs that it is attached to."""

    key: Key
    subject: Subject
    vpcs: tuple[Key, ...] = ()


class NatGateway(Struct, frozen=True, kw_only=True):
    """A NAT gateway. `is_public` is False for private connectivity; a regional one has no subnet."""

    key: Key
    subject: Subject
    subnet: Key | None
    vpc: Key | None = None
    is_public: MaybeFlag = True
    address: Key | None = None


class Endpoint(Struct, frozen=True, kw_only=True):
    """A VPC endpoint. `service` is the short name, such as "ecr.api"; `policy` None allows everything.

    `subnets`, `security_groups` and `private_dns` are an interface's, `route_tables` a gateway's.
    """

    key: Key
    subject: Subject
    vpc: Key
    kind: Literal["interface", "gateway", "other"] | Leaf
    service: MaybeText
    subnets: tuple[Key, ...] = ()
    security_groups: tuple[Key, ...] = ()
    private_dns: MaybeFlag = False
    route_tables: tuple[Key, ...] = ()
    policy: PolicyDocument | None = None


class AclEntry(Struct, frozen=True, kw_only=True):
    """One rule of a network ACL. `protocol` is a number as text, "-1" for all; ports None mean all."""

    subject: Subject
    number: MaybeNumber
    egress: MaybeFlag
    allow: MaybeFlag
    protocol: MaybeText
    cidr: MaybeText
    from_port: MaybeNumber | None = None
    to_port: MaybeNumber | None = None


class NetworkAcl(Struct, frozen=True, kw_only=True):
    """A network ACL; what no entry allows is denied."""

    key: Key
    subject: Subject
    vpc: Key
    entries: tuple[AclEntry, ...] = ()


class SecurityGroupRule(Struct, frozen=True, kw_only=True):
    """One allowed kind of traffic. One of `cidr`, `group` and `prefix_list` is set: the other end.

    `protocol` is "tcp", "udp", "icmp", "icmpv6", a number as text, or "-1" for all; ports None mean all.
    """

    subject: Subject
    protocol: MaybeText
    from_port: MaybeNumber | None = None
    to_port: MaybeNumber | None = None
    cidr: MaybeText | None = None
    group: Key | None = None
    prefix_list: Key | None = None


class SecurityGroup(Struct, frozen=True, kw_only=True):
    """A security group with every rule, wherever it was declared, AWS's default rules included."""

    key: Key
    subject: Subject
    vpc: Key | None
    ingress: tuple[SecurityGroupRule, ...] = ()
    egress: tuple[SecurityGroupRule, ...] = ()
    tags: Mapping[str, MaybeText] = field(default_factory=dict)
    open_tags: tuple[Leaf, ...] = ()


class PrefixList(Struct, frozen=True, kw_only=True):
    """A prefix list of the customer's own."""

    key: Key
    subject: Subject
    cidrs: tuple[MaybeText, ...] = ()


class Network(Struct, frozen=True, kw_only=True):
    """Everything above, by key. `strays` are rules and associations whose owner is not known."""

    vpcs: Mapping[Key, Vpc] = field(default_factory=dict)
    subnets: Mapping[Key, Subnet] = field(default_factory=dict)
    route_tables: Mapping[Key, RouteTable] = field(default_factory=dict)
    internet_gateways: Mapping[Key, InternetGateway] = field(default_factory=dict)
    nat_gateways: Mapping[Key, NatGateway] = field(default_factory=dict)
    endpoints: Mapping[Key, Endpoint] = field(default_factory=dict)
    acls: Mapping[Key, NetworkAcl] = field(default_factory=dict)
    security_groups: Mapping[Key, SecurityGroup] = field(default_factory=dict)
    prefix_lists: Mapping[Key, PrefixList] = field(default_factory=dict)
    endpoints_of_vpc: Mapping[Key, tuple[Endpoint, ...]] = field(default_factory=dict)
    strays: Mapping[str, tuple[Subject, ...]] = field(default_factory=dict)
