"""Reachability: what can be connected to, from where.

Sets, not shapes of templates: routes, NAT, public addresses, endpoints with their names, groups and policies,
security groups and network ACLs all have to let a connection pass, from every subnet that it may start in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from cais.site.acls import ANY_EPHEMERAL, LINUX_EPHEMERAL, acl_lets_in, acl_lets_out
from cais.site.endpoints import Service, endpoint_for, lets_name
from cais.site.ends import INTERNET, End
from cais.site.internet import leads_out
from cais.site.model.values import Unknown, describe, found
from cais.site.permission import endpoint_lets
from cais.site.proof import Proof, every
from cais.site.security_groups import groups_let, groups_open

if TYPE_CHECKING:
    from collections.abc import Callable

    from cais.site.ends import Ports
    from cais.site.model.network import Endpoint, Subnet
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeFlag

HTTPS = 443
BY_HTTPS: Ports = (HTTPS, HTTPS)


class Place(Struct, frozen=True, kw_only=True):
    """Where connections start or end: in any of the subnets, filtered by all of the groups.

    `public_ip` is whether there is a public address, `name` what steps call it. `has_proxy` is whether it may
    connect over an HTTP proxy, which goes where it cannot go itself.
    """

    name: str
    subnets: tuple[Key, ...]
    security_groups: tuple[Key, ...]
    public_ip: MaybeFlag = False
    has_proxy: bool = False


def reaches_internet(site: Site, source: Place) -> Proof:
    """Whether the source can connect to public addresses on port 443."""
    return _from_each_subnet(site, source, lambda subnet: _over_internet(site, source, subnet))


def reaches_service(site: Site, source: Place, service: Service) -> Proof:
    """Whether the source can connect to a service of AWS, by an endpoint or over the internet."""
    return _from_each_subnet(site, source, lambda subnet: _to_service(site, source, subnet, service))


def reaches_port(site: Site, source: Place, target: Place, port: int | Ports) -> Proof:
    """Whether the source can connect to a port of the target within the VPC, or to each of a range."""
    here, there = _end(site, source), _end(site, target)
    ports = (port, port) if isinstance(port, int) else port
    filters = [groups_let(site, here, "out", there, ports), groups_let(site, there, "in", here, ports)]
    filters += [
        acl_lets_out(site, subnet, there, ports, answers=ANY_EPHEMERAL) for subnet in _subnets(site, source)
    ]
    filters += [
        acl_lets_in(site, subnet, here, ports, answers=ANY_EPHEMERAL) for subnet in _subnets(site, target)
    ]
    filters += [
        Proof(verdict="unproven", missing=f"the network of {describe(key)}")
        for key in (*source.subnets, *target.subnets)
        if key not in site.network.subnets
    ]
    return every(filters)


def _from_each_subnet(site: Site, source: Place, prove: Callable[[Subnet], Proof]) -> Proof:
    subnets = [(key, found(site.network.subnets, key)) for key in source.subnets]
    if not subnets:
        return Proof(verdict="unproven", missing=f"the subnets of {source.name}")
    proof = every(
        prove(subnet) if subnet else _from_unknown_subnet(site, source, key) for key, subnet in subnets
    )
    starts = f"{source.name} runs in {', '.join(describe(key) for key in source.subnets)}"
    if source.has_proxy and proof.verdict == "refuted":
        missing = f"whether {source.name} gets there over its proxy"
        return Proof(verdict="unproven", steps=(starts, *proof.steps), missing=missing)
    return replace(proof, steps=(starts, *proof.steps))


def _from_unknown_subnet(site: Site, source: Place, key: Key) -> Proof:
    """What a subnet that is not here leaves open, unless the source's own groups let nothing out at all."""
    unknown = Proof(verdict="unproven", missing=f"the subnet {describe(key)}")
    return every((groups_open(site, _end(site, source), "out", HTTPS), unknown))


def _over_internet(site: Site, source: Place, subnet: Subnet) -> Proof:
    return every(
        (
            lets_name(site, subnet),
            leads_out(site, subnet, public_ip=source.public_ip),
            groups_let(site, _end(site, source), "out", INTERNET, BY_HTTPS),
            acl_lets_out(site, subnet, INTERNET, BY_HTTPS, answers=LINUX_EPHEMERAL),
        )
    )


def _to_service(site: Site, source: Place, subnet: Subnet, service: Service) -> Proof:
    choice = endpoint_for(site, subnet, service.name)
    if choice.endpoint is None:
        proof = _over_internet(site, source, subnet)
        if proof.verdict != "refuted":
            return proof
        if choice.missing:
            return Proof(verdict="unproven", steps=proof.steps, missing=choice.missing)
        culprit = proof.culprit or choice.culprit
        return replace(proof, steps=(*choice.steps, *proof.steps), culprit=culprit)
    if choice.missing:
        return Proof(verdict="unproven", missing=choice.missing)
    by = _by_gateway if choice.endpoint.kind == "gateway" else _by_interface
    return every((by(site, source, subnet, choice.endpoint), _policy(choice.endpoint, service)))


def _by_gateway(site: Site, source: Place, subnet: Subnet, endpoint: Endpoint) -> Proof:
    end = replace(INTERNET, name=endpoint.subject.logical_id, prefix_list=True)
    step = f"{subnet.subject.logical_id} leads to the gateway endpoint {endpoint.subject.logical_id}"
    return every(
        (
            lets_name(site, subnet),
            Proof(verdict="proven", steps=(step,)),
            groups_let(site, _end(site, source), "out", end, BY_HTTPS),
            acl_lets_out(site, subnet, end, BY_HTTPS, answers=LINUX_EPHEMERAL),
        )
    )


def _by_interface(site: Site, source: Place, subnet: Subnet, endpoint: Endpoint) -> Proof:
    name = endpoint.subject.logical_id
    place = Place(name=name, subnets=endpoint.subnets, security_groups=endpoint.security_groups)
    step = (
        f"In the VPC of {subnet.subject.logical_id} the name means the endpoint {name}, whatever NAT there is"
    )
    here = replace(source, subnets=(subnet.key,))
    return every(
        (
            lets_name(site, subnet, private=True),
            Proof(verdict="proven", steps=(step,)),
            reaches_port(site, here, place, HTTPS),
        )
    )


def _policy(endpoint: Endpoint, service: Service) -> Proof:
    if not service.action:
        return Proof(verdict="proven")
    return endpoint_lets(endpoint, service.action, service.resource)


def _end(site: Site, place: Place) -> End:
    """A place as filters see it: by its groups, and by the addresses of its subnets."""
    subnets = [found(site.network.subnets, key) for key in place.subnets]
    blocks = (
        subnet.cidr if subnet and subnet.cidr is not None else Unknown(f"the addresses of {place.name}")
        for subnet in subnets
    )
    return End(name=place.name, groups=place.security_groups, addresses=tuple(dict.fromkeys(blocks)))


def _subnets(site: Site, place: Place) -> list[Subnet]:
    return [subnet for key in place.subnets if (subnet := found(site.network.subnets, key))]
