"""What security groups let pass.

https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.ends import EVERYWHERE, covers, is_tcp, ports_told, where, within
from cais.site.matching import Match, best, worst
from cais.site.model.values import Attribute, describe, found, is_leaf
from cais.site.proof import Proof, every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.site.ends import Direction, End, Ports
    from cais.site.model.network import SecurityGroup, SecurityGroupRule
    from cais.site.model.site import Site
    from cais.site.model.values import Key

Rules = list[tuple["SecurityGroup", "SecurityGroupRule"]]


def groups_let(site: Site, end: End, direction: Direction, peer: End, ports: Ports) -> Proof:
    """Whether the groups of `end` let connections to all `ports` in from all of `peer`, or out to it."""
    if not end.groups:
        return Proof(verdict="proven")
    groups = [group for key in end.groups if (group := found(site.network.security_groups, key))]
    rules = [(group, rule) for group in groups for rule in _rules(group, direction)]
    return every(_let(site, end, direction, rules=rules, peer=each, ports=ports) for each in peer.each())


def groups_open(site: Site, end: End, direction: Direction, port: int) -> Proof:
    """Whether the groups of `end` let anything in or out on a port, whatever the other end; else refuted."""
    groups = [group for key in end.groups if (group := found(site.network.security_groups, key))]
    rules = [rule for group in groups for rule in _rules(group, direction)]
    ports = (
        worst((is_tcp(each.protocol), within((port, port), each.from_port, each.to_port))) for each in rules
    )
    if not end.groups or best(ports) is not Match.NO or any(_unseen(site, end)):
        return Proof(verdict="proven")
    names = ", ".join(map(_name, groups))
    said = f"{names} does not let port {port} {direction}, whoever is at the other end"
    return Proof(verdict="refuted", steps=(said,), culprit=groups[0].subject)


def _let(site: Site, end: End, direction: Direction, *, rules: Rules, peer: End, ports: Ports) -> Proof:
    matches = [(_means(site, rule, peer, ports), group, rule) for group, rule in rules]
    for match, group, rule in matches:
        if match is Match.YES:
            return Proof(verdict="proven", steps=(f"{_name(group)} lets {_told(rule, group, direction)}",))
    doubtful = [
        f"what {_told(rule, group, direction)} means"
        for match, group, rule in matches
        if match is Match.PERHAPS
    ]
    if unknown := [*doubtful, *_unseen(site, end)]:
        return Proof(verdict="unproven", missing=unknown[0])
    holders = [site.network.security_groups[key] for key in end.groups]
    names = ", ".join(map(_name, holders))
    lets = "; ".join(_told(rule, group, direction) for group, rule in rules) or "nothing"
    said = f"{names} does not let port {ports_told(*ports)} {where(direction, peer)}. It lets {lets}"
    return Proof(verdict="refuted", steps=(said,), culprit=holders[0].subject)


def _name(group: SecurityGroup) -> str:
    """A group by its logical id; that which AWS makes with a VPC by its attribute."""
    return describe(group.key) if isinstance(group.key, Attribute) else group.subject.logical_id


def _rules(group: SecurityGroup, direction: Direction) -> tuple[SecurityGroupRule, ...]:
    return group.ingress if direction == "in" else group.egress


def _unseen(site: Site, end: End) -> Iterator[str]:
    """Where a rule could be that nobody sees."""
    yield from (
        f"the rules of {describe(key)}" for key in end.groups if key not in site.network.security_groups
    )
    for stray in site.network.strays.get("security group rules", ()):
        yield f"the security group that {stray.logical_id} belongs to"
    yield from site.gaps


def _means(site: Site, rule: SecurityGroupRule, peer: End, ports: Ports) -> Match:
    open_ports = within(ports, rule.from_port, rule.to_port)
    return worst((is_tcp(rule.protocol), open_ports, _is_peer(site, rule, peer)))


def _is_peer(site: Site, rule: SecurityGroupRule, peer: End) -> Match:
    if rule.group is not None:
        if rule.group in peer.groups:
            return Match.YES
        return Match.PERHAPS if any(map(_is_open, (rule.group, *peer.groups))) else Match.NO
    if rule.prefix_list is not None:
        if listed := found(site.network.prefix_lists, rule.prefix_list):
            return best(covers(block, peer) for block in listed.cidrs)
        return Match.PERHAPS if peer.prefix_list or EVERYWHERE in peer.addresses else Match.NO
    return Match.NO if rule.cidr is None else covers(rule.cidr, peer)


def _is_open(key: Key) -> bool:
    """Whether nobody knows which group this is."""
    return is_leaf(key) and not isinstance(key, Attribute)


def _told(rule: SecurityGroupRule, group: SecurityGroup, direction: Direction) -> str:
    """A rule in words, with the resource that holds it where that is not the group itself."""
    protocol = "" if rule.protocol in {"tcp", "-1"} else f"{describe(rule.protocol)} "
    peer = next((each for each in (rule.group, rule.prefix_list, rule.cidr) if each is not None), "nobody")
    way = "in from" if direction == "in" else "out to"
    by = "" if rule.subject == group.subject else f" (by {rule.subject.logical_id})"
    return f"{protocol}{ports_told(rule.from_port, rule.to_port)} {way} {describe(peer)}{by}"
