"""EKS101: the load balancer of an Ingress finds its subnets.

What breaks: the controller looks for subnets of its own choice: those with the tag `kubernetes.io/role/elb`
for a load balancer that faces the internet, `kubernetes.io/role/internal-elb` for an internal one, in two
zones. Without them the Ingress stays without an address ("couldn't auto-discover subnets"); with the tag on
private subnets there is a load balancer that nobody reaches.

How it is proven: the subnets of the cluster's VPC by their tags, none tagged for another cluster; where none
has the tag, by their routes, as the controller does from 2.12.1 on, EKS Auto Mode does not. Two zones, and
an internet gateway behind each subnet that has to face the internet.

Fix: tag two public subnets with `kubernetes.io/role/elb: "1"`, two private ones with
`kubernetes.io/role/internal-elb: "1"`.

Sample:

    EksPublicB:
      Type: AWS::EC2::Subnet
      Properties:
        Tags: [{Key: kubernetes.io/role/elb, Value: "1"}, {Key: kubernetes.io/cluster/other, Value: owned}]

Sources: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/subnet_discovery/,
https://docs.aws.amazon.com/eks/latest/userguide/tag-subnets-auto.html,
https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/2812
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.subnets import ROLES, choice, scheme_of
from cais.rules.eks.ways import PREFIX, ingresses
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.internet import is_public
from cais.site.model.values import Unknown, describe
from cais.site.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.subnets import Choice
    from cais.site.model.kubernetes import Ingress
    from cais.site.model.site import Site

RULE = Rule(id="EKS101", causes=("K1", "K2", "K3", "K4"))
ZONES = 2


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks for the subnets of every Ingress, as its controller does."""
    for ingress in ingresses(site):
        claim = Claim(
            subject=ingress.identity.subject,
            proven=f"The load balancer of {ingress.identity} finds subnets in two zones",
            refuted=f"The load balancer of {ingress.identity} finds no subnets that serve it",
            fix="Tag subnets of two zones with "
            f"{ROLES.get(scheme_of(ingress), 'the role of the scheme')}: 1.",
            settle='aws ec2 describe-subnets --filters "Name=vpc-id,Values=VPC"',
            service=label(ingress.identity.subject),
            aspect=str(ingress.identity),
        )
        yield RULE.judged(claim, _finds(ingress, site))


def _finds(ingress: Ingress, site: Site) -> Proof:
    if given := ingress.annotations.get(f"{PREFIX}subnets"):
        return Proof(verdict="proven", steps=(f"The Ingress names {describe(given)}",))
    scheme, chosen = scheme_of(ingress), choice(ingress, site)
    if scheme not in ROLES:
        return Proof(verdict="unproven", missing=f"the scheme: {scheme}")
    if chosen is None:
        return Proof(verdict="unproven", missing="the subnets of the cluster's VPC")
    return _judged(chosen, scheme, site)


def _judged(chosen: Choice, scheme: str, site: Site) -> Proof:
    for subnet in chosen.usable if scheme == "internet-facing" else ():
        if is_public(site, subnet) is False:
            said = f"{subnet.subject.logical_id} has no route to an internet gateway"
            return Proof(verdict="refuted", steps=(*chosen.steps, said), culprit=subnet.subject)
    zones = {subnet.zone for subnet in chosen.usable}
    if len(zones) >= ZONES:
        return Proof(verdict="proven", steps=chosen.steps)
    open_zones = len(chosen.usable) >= ZONES and any(isinstance(zone, Unknown) for zone in zones)
    if chosen.doubtful or open_zones or site.gaps:
        missing = "the tags or the zones of some subnets"
        return Proof(verdict="unproven", steps=chosen.steps, missing=missing)
    said = f"That makes {len(zones)} of the {ZONES} zones that it takes"
    return Proof(verdict="refuted", steps=(*chosen.steps, said))
