"""Security groups, their rules merged from wherever they were declared."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from cais.site.builders import values as v
from cais.site.model.network import SecurityGroup, SecurityGroupRule
from cais.template.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cais.findings import Subject
    from cais.site.model.network import Vpc
    from cais.site.model.values import Key, MaybeNumber, MaybeText
    from cais.template import Assembly, Resource, Value

GROUP = "AWS::EC2::SecurityGroup"
CLUSTERS = ("AWS::EKS::Cluster", "Custom::AWSCDK-EKS-Cluster")
INGRESS = "AWS::EC2::SecurityGroupIngress"
EGRESS = "AWS::EC2::SecurityGroupEgress"
PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}
ANYWHERE = ("0.0.0.0/0", "::/0")


def build_security_groups(assembly: Assembly, vpcs: Iterable[Vpc]) -> dict[Key, SecurityGroup]:
    """Every group, those too that AWS makes with a VPC and with a cluster of EKS."""
    separate = _separate_rules(assembly)
    groups = [_group(resource, separate) for resource in assembly.resources(GROUP)]
    groups += [_made(vpc.default_security_group, vpc.subject, vpc.key, separate) for vpc in vpcs]
    groups += [
        _made(v.own_key(cluster), v.subject(cluster), None, separate)
        for cluster in assembly.resources(*CLUSTERS)
    ]
    return {group.key: group for group in groups}


def stray_rules(assembly: Assembly, groups: Mapping[Key, SecurityGroup]) -> tuple[Subject, ...]:
    """The separate rules of which nobody knows the group."""
    rules = ((v.key(each.properties.get("GroupId")), each) for each in assembly.resources(INGRESS, EGRESS))
    return tuple(v.subject(each) for group, each in rules if v.is_stray(group, groups))


def _separate_rules(assembly: Assembly) -> Mapping[tuple[str, Key], list[SecurityGroupRule]]:
    """Rules that are resources of their own, by direction and group."""
    rules: defaultdict[tuple[str, Key], list[SecurityGroupRule]] = defaultdict(list)
    for resource in assembly.resources(INGRESS, EGRESS):
        group = v.key(resource.properties.get("GroupId"))
        rules[resource.type, group].append(_rule(resource.properties, v.subject(resource)))
    return rules


def _group(resource: Resource, separate: Mapping[tuple[str, Key], list[SecurityGroupRule]]) -> SecurityGroup:
    given, holder, key = resource.properties, v.subject(resource), v.own_key(resource)
    ingress = [*_rules(given.get("SecurityGroupIngress"), holder), *separate.get((INGRESS, key), ())]
    egress = [*_rules(given.get("SecurityGroupEgress"), holder), *separate.get((EGRESS, key), ())]
    return SecurityGroup(
        key=key,
        subject=holder,
        vpc=v.optional_key(given.get("VpcId")),
        ingress=tuple(ingress),
        # A group without any rule of its own for what goes out lets everything out; the first one ends that.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
        egress=tuple(egress) or _anywhere(holder),
        tags=v.pairs(given.get("Tags"), name="Key", content="Value"),
        open_tags=v.open_pairs(given.get("Tags"), name="Key"),
    )


def _made(
    key: Key, holder: Subject, vpc: Key | None, separate: Mapping[tuple[str, Key], list[SecurityGroupRule]]
) -> SecurityGroup:
    """A group that AWS makes by itself: its members may reach each other, and everything outside.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
    """
    own = SecurityGroupRule(subject=holder, protocol="-1", group=key)
    return SecurityGroup(
        key=key,
        subject=holder,
        vpc=vpc,
        ingress=(own, *separate.get((INGRESS, key), ())),
        egress=(*_anywhere(holder), *separate.get((EGRESS, key), ())),
    )


def _anywhere(holder: Subject) -> tuple[SecurityGroupRule, ...]:
    return tuple(SecurityGroupRule(subject=holder, protocol="-1", cidr=cidr) for cidr in ANYWHERE)


def _rules(value: Value, holder: Subject) -> Iterator[SecurityGroupRule]:
    for item in v.items(value):
        yield _rule(v.mapping(item), holder) if isinstance(item, dict) else _open(v.text(item, ""), holder)


def _open(leaf: MaybeText, holder: Subject) -> SecurityGroupRule:
    """A rule of which nothing is known."""
    return SecurityGroupRule(subject=holder, protocol=leaf, cidr=leaf)


def _rule(given: Mapping[str, Value], holder: Subject) -> SecurityGroupRule:
    protocol = v.text(given.get("IpProtocol"), "-1")
    if isinstance(protocol, str):
        protocol = PROTOCOLS.get(protocol.lower(), protocol.lower())
    every = protocol == "-1"
    cidr = v.optional_text(given.get("CidrIp", given.get("CidrIpv6")))
    group = given.get("SourceSecurityGroupId", given.get("DestinationSecurityGroupId"))
    prefix_list = given.get("SourcePrefixListId", given.get("DestinationPrefixListId"))
    if "SourceSecurityGroupName" in given:
        group = Unknown("a security group by its name")
    return SecurityGroupRule(
        subject=holder,
        protocol=protocol,
        from_port=None if every else _port(given.get("FromPort")),
        to_port=None if every else _port(given.get("ToPort")),
        cidr=cidr,
        group=v.optional_key(group),
        prefix_list=v.optional_key(prefix_list),
    )


def _port(value: Value) -> MaybeNumber | None:
    """A port; -1 means all, as an absent one does."""
    port = v.optional_number(value)
    return None if port == -1 else port
