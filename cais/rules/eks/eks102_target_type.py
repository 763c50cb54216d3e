"""EKS102: the targets of an Ingress fit its Service.

What breaks: the target type is `instance` by default, which sends to the nodes' ports. A Service of type
ClusterIP has none, so the controller makes no target group: "Instance targets … service must be of type
'NodePort' or 'LoadBalancer'".

How it is proven: the annotation `target-type` of the Service or the Ingress against the Service's type.

Fix: `alb.ingress.kubernetes.io/target-type: ip`, which needs no node ports, and knows readiness gates.

Sample:

    Ingress: {metadata: {annotations: {alb.ingress.kubernetes.io/target-type: instance}}}

Sources: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/,
https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/pkg/ingress/model_build_target_group.go
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.ways import ways
from cais.rules.rule import Claim, Rule
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="EKS102", causes=("K16",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Compares both, for every backend whose Service is known."""
    for way in ways(site):
        if way.service is None:
            continue
        kind, targets = way.service.kind, way.annotation("target-type", "instance")
        claim = Claim(
            subject=way.ingress.identity.subject,
            proven=f"{way.service.identity} has what targets of type {describe(targets)} need",
            refuted=f"{way.service.identity} has no node port, which targets of type instance need",
            fix="Annotate the Ingress with alb.ingress.kubernetes.io/target-type: ip.",
            settle="kubectl describe ingress",
            service=way.name,
            aspect=str(way.service.identity),
        )
        step = f"{way.service.identity} is of type {describe(kind)}; the targets are {describe(targets)}"
        if is_leaf(kind) or is_leaf(targets):
            yield RULE.unproven(claim, describe(kind if is_leaf(kind) else targets), step)
        elif targets == "instance" and kind == "ClusterIP":
            yield RULE.refuted(claim, step)
        else:
            yield RULE.proven(claim, step)
