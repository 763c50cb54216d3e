"""EKS108: a rollout waits until the load balancer has taken the new pods in.

What breaks: Kubernetes ends old pods as soon as new ones are ready; the load balancer takes longer to find
them healthy. In between its clients get 502 and 503, at every deployment.

How it is proven: the namespace of the pods has the label `elbv2.k8s.aws/pod-readiness-gate-inject: enabled`,
on EKS Auto Mode `eks.amazonaws.com/pod-readiness-gate-inject`.

Fix: label the namespace.

Sample:

    Namespace: {metadata: {labels: null}}

Sources: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/,
https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-alb.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.ways import ways
from cais.rules.rule import Claim, Rule
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="EKS108", causes=("K20",))
LABELS = ("elbv2.k8s.aws/pod-readiness-gate-inject", "eks.amazonaws.com/pod-readiness-gate-inject")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks for the label, where the targets are pods and the site makes their namespace."""
    namespaces = {
        (each.identity.cluster, each.identity.name): each for each in site.eks.kubernetes.namespaces
    }
    for way in ways(site):
        namespace = namespaces.get((way.ingress.identity.cluster, way.ingress.identity.namespace))
        if namespace is None or way.annotation("target-type", "instance") != "ip":
            continue
        claim = Claim(
            subject=namespace.identity.subject,
            proven=f"Rollouts in {describe(namespace.identity.name)} wait for the load balancer",
            refuted=f"Rollouts in {describe(namespace.identity.name)} do not wait for the load balancer",
            fix=f"Label the namespace with {LABELS[0]}: enabled.",
            service=way.name,
            aspect=describe(namespace.identity.name),
        )
        labelled = [name for name in LABELS if namespace.labels.get(name) == "enabled"]
        step = f"{namespace.identity.subject.logical_id} has the label {labelled[0]}" if labelled else ""
        yield RULE.proven(claim, step) if labelled else RULE.advice(claim)
