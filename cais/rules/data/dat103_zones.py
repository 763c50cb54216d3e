"""DAT103: the database's subnets are in two zones of one network.

What breaks: RDS refuses a subnet group of one availability zone ("DB Subnet Group doesn't meet availability
zone coverage requirement"), and a security group of another VPC than the subnets'.

How it is proven: the zones and VPCs of all subnets of each group, and the VPCs of the security groups of the
databases in them.

Fix: name subnets of two zones, and security groups of their VPC.

Sample:

    Subnets:
      Type: AWS::RDS::DBSubnetGroup
      Properties:
        SubnetIds: [!Ref PrivateA]

Sources: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import label
from cais.site.model.values import Attribute, Unknown, describe, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.data import SubnetGroup
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="DAT103", causes=("A5",), speed="fast")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks at every subnet group."""
    for group in site.data.subnet_groups.values():
        yield _judge(group, site)


def _judge(group: SubnetGroup, site: Site) -> Finding:
    subnets = [(key, found(site.network.subnets, key)) for key in group.subnets]
    zones = dict.fromkeys(
        subnet.zone if subnet else Unknown(f"the zone of {describe(key)}") for key, subnet in subnets
    )
    vpcs = {subnet.vpc for _, subnet in subnets if subnet}
    strangers = list(_strangers(group, vpcs, site))
    claim = Claim(
        subject=group.subject,
        proven=f"The subnets of {group.subject.logical_id} are in two zones of one VPC",
        refuted=strangers[0]
        if strangers
        else f"The subnets of {group.subject.logical_id} are in one zone: {', '.join(map(shown, zones))}",
        fix="Name subnets of two zones, and security groups of their VPC.",
        settle="Name the templates of the subnets, too.",
        service=label(group.subject),
    )
    unknown = [zone.reason for zone in zones if isinstance(zone, Unknown)]
    if strangers or (len(zones) == 1 and not unknown):
        return RULE.refuted(claim, *strangers)
    if len(zones) - len(unknown) > 1:
        return RULE.proven(claim, f"They are in {', '.join(map(shown, zones))}")
    return RULE.unproven(claim, ", ".join(dict.fromkeys(unknown)) or "its subnets")


def _strangers(group: SubnetGroup, vpcs: set[Key], site: Site) -> Iterator[str]:
    """Security groups of databases in these subnets that are surely of another VPC."""
    if len(vpcs) != 1 or not isinstance(home := next(iter(vpcs)), Attribute):
        return
    for database in site.data.databases.values():
        for key in database.security_groups if database.subnets == group.subnets else ():
            held = found(site.network.security_groups, key)
            if held and isinstance(held.vpc, Attribute) and held.vpc != home:
                name = held.subject.logical_id
                yield f"{name}, a security group of {database.subject.logical_id}, is of another VPC"
