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

from cais.rules.eks.ways import PREFIX, cluster_of, controller_of, ingresses
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.internet import is_public
from cais.site.model.values import Unknown, describe, found, is_leaf
from cais.site.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.eks import EksCluster
    from cais.site.model.kubernetes import Ingress
    from cais.site.model.network import Subnet
    from cais.site.model.site import Site

RULE = Rule(id="EKS101", causes=("K1", "K2", "K3", "K4"))
ROLES = {"internet-facing": "kubernetes.io/role/elb", "internal": "kubernetes.io/role/internal-elb"}
OTHERS = "kubernetes.io/cluster/"
OLD_CHARTS = (
    "0.",
    "1.0.",
    "1.1.",
    "1.2.",
    "1.3.",
    "1.4.",
    "1.5.",
    "1.6.",
    "1.7.",
    "1.8.",
    "1.9.",
    "1.10.",
    "1.11.",
)
"""Charts of the controller before 2.12, which looks at tags alone."""
ZONES = 2


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks for the subnets of every Ingress, as its controller does."""
    for ingress in ingresses(site):
        scheme = ingress.annotations.get(f"{PREFIX}scheme", "internal")
        claim = Claim(
            subject=ingress.identity.subject,
            proven=f"The load balancer of {ingress.identity} finds subnets in two zones",
            refuted=f"The load balancer of {ingress.identity} finds no subnets that serve it",
            fix=f"Tag subnets of two zones with {ROLES.get(describe(scheme), 'the role of the scheme')}: 1.",
            settle='aws ec2 describe-subnets --filters "Name=vpc-id,Values=VPC"',
            service=label(ingress.identity.subject),
            aspect=str(ingress.identity),
        )
        yield RULE.judged(claim, _finds(ingress, describe(scheme), site))


def _finds(ingress: Ingress, scheme: str, site: Site) -> Proof:
    if given := ingress.annotations.get(f"{PREFIX}subnets"):
        return Proof(verdict="proven", steps=(f"The Ingress names {describe(given)}",))
    if scheme not in ROLES:
        return Proof(verdict="unproven", missing=f"the scheme: {scheme}")
    cluster = cluster_of(ingress.identity, site)
    here = found(site.network.subnets, cluster.subnets[0]) if cluster and cluster.subnets else None
    if cluster is None or here is None:
        return Proof(verdict="unproven", missing="the subnets of the cluster's VPC")
    subnets = [each for each in site.network.subnets.values() if each.vpc == here.vpc]
    return _serve(subnets, scheme, cluster, site)


def _serve(subnets: list[Subnet], scheme: str, cluster: EksCluster, site: Site) -> Proof:
    role = ROLES[scheme]
    tagged = [each for each in subnets if each.tags.get(role) in {"1", ""}]
    doubtful = [each for each in subnets if each.open_tags or is_leaf(each.tags.get(role))]
    doubtful += [each for each in site.network.subnets.values() if isinstance(each.vpc, Unknown)]
    foreign = [each for each in tagged if _is_of_another(each, cluster)]
    usable = [each for each in tagged if each not in foreign]
    steps = [f"{each.subject.logical_id} is tagged {role}" for each in usable]
    steps += [f"{each.subject.logical_id} is tagged for another cluster" for each in foreign]
    if not tagged and not doubtful and _looks_at_routes(cluster, site):
        usable = [each for each in subnets if is_public(site, each) is (scheme == "internet-facing")]
        steps = [
            f"{each.subject.logical_id} fits by its routes; no subnet is tagged {role}" for each in usable
        ]
    return _judged(usable, steps or [f"No subnet is tagged {role}"], scheme, site, doubtful=bool(doubtful))


def _judged(usable: list[Subnet], steps: list[str], scheme: str, site: Site, *, doubtful: bool) -> Proof:
    for subnet in usable if scheme == "internet-facing" else ():
        if is_public(site, subnet) is False:
            said = f"{subnet.subject.logical_id} has no route to an internet gateway"
            return Proof(verdict="refuted", steps=(*steps, said), culprit=subnet.subject)
    zones = {subnet.zone for subnet in usable}
    if len(zones) >= ZONES:
        return Proof(verdict="proven", steps=tuple(steps))
    if doubtful or any(is_leaf(zone) for zone in zones) or site.gaps:
        return Proof(verdict="unproven", steps=tuple(steps), missing="the tags or the zones of some subnets")
    return Proof(
        verdict="refuted", steps=(*steps, f"That makes {len(zones)} of the {ZONES} zones that it takes")
    )


def _is_of_another(subnet: Subnet, cluster: EksCluster) -> bool:
    """Whether tags give the subnet to other clusters, and not to this one."""
    owners = {name.removeprefix(OTHERS) for name in subnet.tags if name.startswith(OTHERS)}
    return bool(owners) and cluster.name not in owners and not is_leaf(cluster.name or "")


def _looks_at_routes(cluster: EksCluster, site: Site) -> bool:
    controller = controller_of(site, cluster.key)
    if controller is None:
        return cluster.balances_load is not True
    return not describe(controller.version or "").startswith(OLD_CHARTS)
