"""What network ACLs let pass: the first entry that means it decides, and answers have to pass, too.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.ends import covers, is_tcp, where, within
from cais.site.matching import Match, worst
from cais.site.model.values import found, is_leaf
from cais.site.proof import Proof, every

if TYPE_CHECKING:
    from cais.site.ends import Direction, End, Ports
    from cais.site.model.network import AclEntry, NetworkAcl, Subnet
    from cais.site.model.site import Site

ANY_EPHEMERAL: Ports = (1024, 65535)
"""Where answers to load balancers and NAT gateways go."""
LINUX_EPHEMERAL: Ports = (32768, 60999)
"""Where answers to tasks and instances go."""


def acl_lets_out(site: Site, subnet: Subnet, peer: End, ports: Ports, *, answers: Ports) -> Proof:
    """Whether the ACL of a subnet lets connections out to `ports` of the peer, and their answers in."""
    return _both(site, subnet, peer, out=ports, into=answers)


def acl_lets_in(site: Site, subnet: Subnet, peer: End, ports: Ports, *, answers: Ports) -> Proof:
    """Whether the ACL of a subnet lets connections to `ports` in from the peer, and their answers out."""
    return _both(site, subnet, peer, out=answers, into=ports)


def _both(site: Site, subnet: Subnet, peer: End, *, out: Ports, into: Ports) -> Proof:
    acl = found(site.network.acls, subnet.acl)
    if acl is None:
        return Proof(verdict="unproven", missing=f"the network ACL of {subnet.subject.logical_id}")
    ways: tuple[tuple[Direction, Ports], ...] = (("out", out), ("in", into))
    return every(_lets(acl, way, each, ports) for way, ports in ways for each in peer.each())


def _lets(acl: NetworkAcl, direction: Direction, peer: End, ports: Ports) -> Proof:
    match, name = _decided(acl, direction, peer, ports), acl.subject.logical_id
    what = f"ports {ports[0]}-{ports[1]}" if ports[0] != ports[1] else f"port {ports[0]}"
    if match is Match.YES:
        return Proof(verdict="proven")
    if match is Match.PERHAPS:
        return Proof(
            verdict="unproven", missing=f"whether {name} lets all of {what} {where(direction, peer)}"
        )
    said = f"{name} does not let {what} {where(direction, peer)}"
    return Proof(verdict="refuted", steps=(said,), culprit=acl.subject)


def _decided(acl: NetworkAcl, direction: Direction, peer: End, ports: Ports) -> Match:
    entries = [entry for entry in acl.entries if entry.egress is not (direction == "in")]
    if any(is_leaf(entry.number) or is_leaf(entry.egress) for entry in entries):
        return Match.PERHAPS
    some_allowed = False
    for entry in sorted(entries, key=lambda entry: str(entry.number).zfill(5)):
        match = _means(entry, peer, ports)
        if match is Match.YES and isinstance(entry.allow, bool):
            decided = Match.YES if entry.allow else Match.NO
            return Match.PERHAPS if some_allowed and not entry.allow else decided
        if match is not Match.NO:
            if entry.allow is False:
                return Match.PERHAPS
            some_allowed = True
    return Match.PERHAPS if some_allowed else Match.NO


def _means(entry: AclEntry, peer: End, ports: Ports) -> Match:
    in_range = within(ports, entry.from_port, entry.to_port)
    return worst((is_tcp(entry.protocol), in_range, covers(entry.cidr, peer)))
