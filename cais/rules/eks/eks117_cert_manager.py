"""EKS117: what needs cert-manager comes after it.

What breaks: a Certificate or an Issuer that comes before cert-manager is of a kind that nobody knows, and
one that comes before its webhook answers is refused: "failed calling webhook webhook.cert-manager.io". The
load balancer controller's chart makes a Certificate, too, with `enableCertManager: true`.

How it is proven: what brings such an object waits for cert-manager's add-on, or for its release, which
waits for its pods (`Wait`).

Fix: `DependsOn`, with `Wait: true` on cert-manager; for the controller, leave `enableCertManager` off: helm
then makes the certificate.

Sample:

    Controller:
      Type: Custom::AWSCDK-EKS-HelmChart
      Properties: {Values: {clusterName: !Ref Kubernetes, vpcId: !Ref Vpc, enableCertManager: true}}

Sources: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/,
https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/2604, https://cert-manager.io/docs/installation/helm/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.nodes import doubtful
from cais.rules.eks.ways import controllers, unread
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.eks import HelmRelease
from cais.site.model.values import describe, found, is_leaf
from cais.site.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding, Subject
    from cais.site.model.eks import AddOn
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="EKS117", causes=("K13",))
NAME = "cert-manager"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for everything that brings a certificate or an issuer."""
    for subject, cluster in _wanting(site).items():
        claim = Claim(
            subject=subject,
            proven=f"{subject.logical_id} comes after cert-manager is ready",
            refuted=f"{subject.logical_id} may come before cert-manager is ready",
            fix="Let it depend on cert-manager, and that wait for its pods; or do without it.",
            settle="kubectl -n cert-manager get deployments",
            service=label(subject),
            aspect=NAME,
        )
        yield RULE.judged(claim, _ordered(subject, cluster, site))


def _wanting(site: Site) -> dict[Subject, Key]:
    """What brings an object of cert-manager's, with its cluster."""
    wanting = {
        release.subject: release.cluster
        for release in controllers(site)
        if isinstance(release.values, dict) and release.values.get("enableCertManager") is True
    }
    own = {each.subject for each in _providers(site)}
    for identity in site.eks.kubernetes.certificates:
        if identity.subject not in own:
            wanting[identity.subject] = identity.cluster
    return wanting


def _providers(site: Site) -> list[AddOn | HelmRelease]:
    add_ons = [each for each in site.eks.add_ons.values() if each.name == NAME]
    releases = [each for each in site.eks.helm_releases.values() if describe(each.chart or "").endswith(NAME)]
    return [*add_ons, *releases]


def _ordered(subject: Subject, cluster: Key, site: Site) -> Proof:
    there = [each for each in _providers(site) if each.cluster == cluster]
    if not there:
        said = "Nothing here installs cert-manager"
        doubt = unread(site, cluster) or doubtful(site.eks.add_ons.values(), site)
        doubt = doubt or next(iter(site.gaps), "")
        if not doubt and not found(site.eks.clusters, cluster):
            doubt = f"what is in the cluster {describe(cluster)}"
        return Proof(verdict="unproven" if doubt else "refuted", steps=(said,), missing=doubt)
    provider = there[0]
    name = provider.subject.logical_id
    if not site.depends(subject, provider.subject):
        return Proof(verdict="refuted", steps=(f"{subject.logical_id} does not wait for {name}",))
    waits = provider.waits if isinstance(provider, HelmRelease) else True
    if is_leaf(waits):
        return Proof(verdict="unproven", missing=describe(waits))
    said = f"{subject.logical_id} waits for {name}"
    if waits is True:
        return Proof(verdict="proven", steps=(said,))
    steps = (said, f"{name} does not wait for its pods")
    return Proof(verdict="refuted", steps=steps, culprit=provider.subject)
