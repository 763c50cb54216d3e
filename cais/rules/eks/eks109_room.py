"""EKS109: the load balancer's subnets have room for it.

What breaks: the controller passes over subnets with fewer than eight free addresses ("insufficient
available IP addresses"), and AWS refuses a load balancer there. With a block of 16 addresses, of which AWS
keeps five, a NAT gateway, an endpoint and some nodes are enough for that. AWS asks for blocks of 32 at
least, as a load balancer under load takes more.

How it is proven: the blocks of the subnets that the controller takes, less what the deployment puts there
for certain: NAT gateways, interface endpoints, and the least count of nodes.

Fix: subnets of /27 or larger.

Sample:

    EksPublicA:
      Type: AWS::EC2::Subnet
      Properties: {CidrBlock: 10.0.2.0/28}

Sources: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html,
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/subnet_discovery/
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cais.rules.eks.subnets import choice
from cais.rules.eks.ways import PREFIX, ingresses
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.kubernetes import Ingress
    from cais.site.model.network import Subnet
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="EKS109", causes=("K5",))
KEPT_BY_AWS, LEAST, WANTED = 5, 8, 32
ZONES = 2


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Counts for every Ingress whose subnets the controller chooses."""
    for ingress in ingresses(site):
        chosen = choice(ingress, site)
        if chosen and chosen.usable and not ingress.annotations.get(f"{PREFIX}subnets"):
            yield _judge(ingress, chosen.usable, site)


def _judge(ingress: Ingress, subnets: tuple[Subnet, ...], site: Site) -> Finding:
    claim = Claim(
        subject=ingress.identity.subject,
        proven=f"The subnets of the load balancer of {ingress.identity} have room for it",
        refuted=f"The subnets of the load balancer of {ingress.identity} have no room for it",
        fix="Make them /27 or larger.",
        settle="aws ec2 describe-subnets --query Subnets[].AvailableIpAddressCount",
        service=label(ingress.identity.subject),
        aspect=str(ingress.identity),
    )
    free = {each.key: _free(each, site) for each in subnets}
    steps = [
        f"{each.subject.logical_id}, {describe(each.cidr or '')}: {free[each.key]} free" for each in subnets
    ]
    for each in subnets:
        if free[each.key] is None:
            missing = f"the block of {each.subject.logical_id}: {describe(each.cidr or 'none')}"
            return RULE.unproven(claim, missing)
    full = [each for each in subnets if (free[each.key] or 0) < LEAST]
    if len({each.zone for each in subnets if each not in full}) < ZONES and full:
        return RULE.refuted(claim, *steps, subject=full[0].subject)
    tight = [each for each in subnets if (free[each.key] or 0) < WANTED - KEPT_BY_AWS - LEAST]
    if tight:
        said = f"{tight[0].subject.logical_id} has little room for a load balancer under load"
        return RULE.advice(replace(claim, subject=tight[0].subject, refuted=said), *steps)
    return RULE.proven(claim, *steps)


def _free(subnet: Subnet, site: Site) -> int | None:
    """How many addresses of a subnet are free at most; None where its block is open."""
    if not isinstance(subnet.cidr, str):
        return None
    try:
        size = ipaddress.ip_network(subnet.cidr, strict=False).num_addresses
    except ValueError:
        return None
    return size - KEPT_BY_AWS - _taken(subnet.key, site)


def _taken(key: Key, site: Site) -> int:
    gateways = sum(each.subnet == key for each in site.network.nat_gateways.values())
    endpoints = sum(
        key in each.subnets for each in site.network.endpoints.values() if each.kind == "interface"
    )
    nodes = 0
    for group in site.eks.node_groups.values():
        if key in group.subnets and isinstance(group.minimum, int):
            nodes += group.minimum // len(group.subnets)
    return gateways + endpoints + nodes
