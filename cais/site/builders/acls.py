"""Network ACLs."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from cais.site.builders import values as v
from cais.site.model.network import AclEntry, NetworkAcl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cais.findings import Subject
    from cais.site.model.network import Vpc
    from cais.site.model.values import Key
    from cais.template import Assembly, Resource

ANYWHERE = ("0.0.0.0/0", "::/0")


def build_acls(assembly: Assembly, vpcs: Iterable[Vpc]) -> dict[Key, NetworkAcl]:
    """Every ACL with its entries; a VPC that the assembly makes has a default one that lets all pass."""
    entries: defaultdict[Key, list[AclEntry]] = defaultdict(list)
    for resource in assembly.resources("AWS::EC2::NetworkAclEntry"):
        entries[v.key(resource.properties.get("NetworkAclId"))].append(_entry(resource))
    acls = [
        NetworkAcl(
            key=v.own_key(each),
            subject=v.subject(each),
            vpc=v.key(each.properties.get("VpcId")),
            entries=tuple(entries[v.own_key(each)]),
        )
        for each in assembly.resources("AWS::EC2::NetworkAcl")
    ]
    acls += [
        NetworkAcl(key=vpc.default_acl, subject=vpc.subject, vpc=vpc.key, entries=_all(vpc.subject))
        for vpc in vpcs
    ]
    return {acl.key: acl for acl in acls}


def _all(holder: Subject) -> tuple[AclEntry, ...]:
    return tuple(
        AclEntry(subject=holder, number=100, egress=egress, allow=True, protocol="-1", cidr=cidr)
        for egress in (False, True)
        for cidr in ANYWHERE
    )


def _entry(resource: Resource) -> AclEntry:
    given = resource.properties
    ports = v.mapping(given.get("PortRange"))
    action = v.text(given.get("RuleAction"), "deny")
    return AclEntry(
        subject=v.subject(resource),
        number=v.number(given.get("RuleNumber"), 0),
        egress=v.flag(given.get("Egress"), default=False),
        allow=action == "allow" if isinstance(action, str) else action,
        protocol=v.text(given.get("Protocol"), "-1"),
        cidr=v.text(given.get("CidrBlock", given.get("Ipv6CidrBlock")), ""),
        from_port=v.optional_number(ports.get("From")),
        to_port=v.optional_number(ports.get("To")),
    )
