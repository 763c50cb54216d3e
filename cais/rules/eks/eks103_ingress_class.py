"""EKS103: somebody serves the class of an Ingress.

What breaks: a controller looks only at Ingresses of its own class. One without a class, or with a class that
nobody serves, gets no address, and no event says why.

How it is proven: the class `alb` is made by the load balancer controller's chart; another one, and that of
EKS Auto Mode, by an IngressClass whose controller is `ingress.k8s.aws/alb`, on Auto Mode
`eks.amazonaws.com/alb`.

Fix: `ingressClassName: alb`, and the controller, or on Auto Mode an IngressClass.

Sample:

    Ingress: {spec: {ingressClassName: nginx}}

Sources: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/ingress_class/,
https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-alb.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.ways import cluster_of, controller_of, ingresses, unread
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import describe, is_leaf
from cais.site.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding, Subject
    from cais.site.model.eks import EksCluster
    from cais.site.model.kubernetes import Ingress
    from cais.site.model.site import Site

RULE = Rule(id="EKS103", causes=("K17",))
OWN, AUTO = "ingress.k8s.aws/alb", "eks.amazonaws.com/alb"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every Ingress that is meant for an ALB."""
    for ingress in ingresses(site):
        name = describe(ingress.class_name or "none")
        claim = Claim(
            subject=ingress.identity.subject,
            proven=f"A controller serves {ingress.identity}, of class {name}",
            refuted=f"No controller serves {ingress.identity}, of class {name}",
            fix="Set ingressClassName: alb, and install the controller, or on Auto Mode an IngressClass.",
            settle="kubectl get ingressclass",
            service=label(ingress.identity.subject),
            aspect=str(ingress.identity),
        )
        yield RULE.judged(claim, _served(ingress, site))


def _served(ingress: Ingress, site: Site) -> Proof:
    name = ingress.class_name
    if not isinstance(name, str):
        missing = "whether the cluster has a default class" if name is None else describe(name)
        return Proof(verdict="unproven", missing=missing)
    made = [each for each in site.eks.kubernetes.ingress_classes if each.identity.name == name]
    release = controller_of(site, ingress.identity.cluster)
    if not made and name == "alb" and release and _makes_class(release.values):
        said = f"{release.subject.logical_id} makes the class alb, and serves it"
        return Proof(verdict="proven", steps=(said,))
    cluster = cluster_of(ingress.identity, site)
    auto = cluster.balances_load if cluster else False
    for each in made:
        who = each.identity.subject.logical_id
        if (each.controller == OWN and release) or (each.controller == AUTO and auto is True):
            return Proof(verdict="proven", steps=(f"{who} makes the class {name}",))
        if each.controller in {OWN, AUTO}:
            said = f"{who} gives the class to {each.controller}, which is not there"
            return _unless_unread(cluster, name, said, site, culprit=each.identity.subject)
    if made:
        return Proof(verdict="unproven", missing=f"who serves the class {name}")
    return _unless_unread(cluster, name, f"Nothing here makes the class {name}", site)


def _unless_unread(
    cluster: EksCluster | None, name: str, said: str, site: Site, *, culprit: Subject | None = None
) -> Proof:
    """Nobody serves the class, unless that is in what could not be read."""
    classes = [*site.eks.kubernetes.ingress_classes]
    doubt = cluster is None or is_leaf(cluster.balances_load) or bool(unread(site, cluster.key) or site.gaps)
    doubt = doubt or any(is_leaf(each.identity.name) or is_leaf(each.controller) for each in classes)
    release = controller_of(site, cluster.key) if cluster else None
    if doubt or (release and not isinstance(release.values, dict)):
        missing = f"who makes and serves the class {name}"
        return Proof(verdict="unproven", steps=(said,), missing=missing)
    return Proof(verdict="refuted", steps=(said,), culprit=culprit)


def _makes_class(values: object) -> bool:
    """Whether the controller's chart makes its class, as it does by default."""
    if not isinstance(values, dict):
        return False
    made = values.get("createIngressClassResource", True) is True
    return made and values.get("ingressClass", "alb") == "alb"
