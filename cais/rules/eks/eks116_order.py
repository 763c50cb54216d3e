"""EKS116: objects come after the controller whose webhooks they pass.

What breaks: from the moment that the load balancer controller's chart is installed, Kubernetes asks the
controller before it takes an Ingress, and by default any Service. Until its pods answer, that fails:
"failed calling webhook … no endpoints available", and the deployment with it. Whether an installation side
by side comes before, in between or after is luck. And when the stack is deleted, an Ingress that goes after
its controller leaves its load balancer behind.

How it is proven: what brings an Ingress or a Service waits, by references or `DependsOn`, for the release
of the controller, and that release for its pods (`Wait`). What the controller itself waits for comes before
it.

Fix: `DependsOn` from the chart or manifest on the controller's release, with `Wait: true`; in CDK
`node.add_dependency`.

Sample:

    Controller:
      Type: Custom::AWSCDK-EKS-HelmChart
      Properties: {Wait: false}

Sources: https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/2336,
https://github.com/aws/eks-charts/issues/1058,
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.ways import controllers, ingresses
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import describe, found, is_leaf
from cais.site.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding, Subject
    from cais.site.model.eks import HelmRelease
    from cais.site.model.site import Site

RULE = Rule(id="EKS116", causes=("K12", "K33"))
UNREAD = "what nobody knows: "


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for everything that brings such an object into a controller's cluster."""
    for release in controllers(site):
        for subject, kinds in _passing(release, site).items():
            claim = Claim(
                subject=subject,
                proven=f"{subject.logical_id} comes after the load balancer controller is ready",
                refuted=f"{subject.logical_id} may come before the load balancer controller is ready",
                fix=f"Let it depend on {release.subject.logical_id}, and that wait for its pods.",
                settle="kubectl get validatingwebhookconfigurations",
                service=label(subject),
                aspect=release.subject.logical_id,
            )
            yield RULE.judged(claim, _ordered(subject, _told(kinds), release, site))


def _passing(release: HelmRelease, site: Site) -> dict[Subject, set[str]]:
    """What brings objects that pass the controller's webhooks, with the kinds of those."""
    kinds: dict[Subject, set[str]] = {}
    mutates = not isinstance(release.values, dict) or release.values.get("enableServiceMutatorWebhook", True)
    services = site.eks.kubernetes.services if mutates is True else ()
    for each in (*ingresses(site), *services):
        if each.identity.cluster == release.cluster and each.identity.subject != release.subject:
            kinds.setdefault(each.identity.subject, set()).add(each.identity.kind)
    for other, reason in site.eks.kubernetes.unread.items():
        chart = found(site.eks.helm_releases, other)
        if chart and chart.asset is not None and chart.cluster == release.cluster:
            kinds[chart.subject] = {f"{UNREAD}{reason}"}
    return kinds


def _told(kinds: set[str]) -> str:
    told = " and ".join(sorted(kinds))
    return told if told.startswith(UNREAD) else f"an object of kind {told}"


def _ordered(subject: Subject, kinds: str, release: HelmRelease, site: Site) -> Proof:
    name = release.subject.logical_id
    brings = f"{subject.logical_id} brings {kinds}"
    if site.depends(subject, release.subject):
        if release.waits is True:
            said = f"It waits for {name}, and {name} for the controller's pods"
            return Proof(verdict="proven", steps=(brings, said))
        if is_leaf(release.waits):
            return Proof(verdict="unproven", steps=(brings,), missing=describe(release.waits))
        said = f"It waits for {name}, which does not wait for the controller's pods"
        return Proof(verdict="refuted", steps=(brings, said), culprit=release.subject)
    if site.depends(release.subject, subject):
        return Proof(verdict="proven", steps=(brings, f"{name} waits for it, so there is no webhook yet"))
    if site.gaps or UNREAD in kinds:
        return Proof(verdict="unproven", steps=(brings,), missing=(*site.gaps, kinds)[0])
    return Proof(verdict="refuted", steps=(brings, f"Nothing says whether it or {name} comes first"))
