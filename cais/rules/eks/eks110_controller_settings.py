"""EKS110: the load balancer controller knows its cluster and its VPC.

What breaks: the controller takes subnets and security groups by the name that it is told. With another name
it passes over all that is tagged for the cluster. Without `vpcId` it asks the instance's metadata service,
which pods do not reach where tokens may go one hop only, nor on Fargate and EKS Auto Mode: "failed to fetch
VPC ID from instance metadata", again and again, and helm's wait runs out.

How it is proven: `clusterName` in the chart's values against the cluster that the chart is installed in;
`vpcId` against the cluster's VPC. Without it, the launch templates' `MetadataOptions`, Fargate profiles and
Auto Mode.

Fix: `clusterName`, `region` and `vpcId` in the values of the chart.

Sample:

    Controller:
      Type: Custom::AWSCDK-EKS-HelmChart
      Properties: {Values: {clusterName: production, vpcId: !Ref Vpc}}

Sources: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/,
https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/pkg/aws/cloud.go,
https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/3051
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cais.rules.eks.nodes import groups_of, names_of, nodes, template_of
from cais.rules.eks.ways import controllers, labels_of
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.matching import Match
from cais.site.model.values import Attribute, Unknown, describe, found, is_leaf
from cais.site.proof import Proof, every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.eks import EksCluster, HelmRelease
    from cais.site.model.site import Site

RULE = Rule(id="EKS110", causes=("K6", "K7"))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Reads the values of every controller's chart."""
    for release in controllers(site):
        proofs = {"K6": _cluster(release, site), "K7": _vpc(release, site)}
        proof = every(proofs.values())
        guilty = tuple(cause for cause, each in proofs.items() if each.verdict == "refuted")
        claim = Claim(
            subject=release.subject,
            proven="The load balancer controller knows its cluster and its VPC",
            refuted="The load balancer controller does not know its cluster or its VPC",
            fix="Give the chart clusterName, region and vpcId of the cluster that it is installed in.",
            settle="kubectl -n kube-system logs deployment/aws-load-balancer-controller",
            service=label(release.subject),
            causes=guilty,
        )
        yield RULE.judged(claim, proof)


def _value(release: HelmRelease, name: str) -> Any:
    return release.values.get(name) if isinstance(release.values, dict) else release.values


def _cluster(release: HelmRelease, site: Site) -> Proof:
    given = _value(release, "clusterName")
    cluster = found(site.eks.clusters, release.cluster)
    said = f"clusterName is {describe(given or 'not given')}; the chart is for {describe(release.cluster)}"
    if given in ({release.cluster} | (names_of(cluster) if cluster else set())):
        return Proof(verdict="proven", steps=(said,))
    if isinstance(given, Attribute) and given in site.eks.clusters and cluster:
        return Proof(verdict="refuted", steps=(said,))
    if is_leaf(given) or (cluster and is_leaf(cluster.name)) or (not cluster and is_leaf(release.cluster)):
        missing = describe(given) if is_leaf(given) else "the cluster's name"
        return Proof(verdict="unproven", steps=(said,), missing=missing)
    return Proof(verdict="refuted", steps=(said,))


def _vpc(release: HelmRelease, site: Site) -> Proof:
    given, cluster = _value(release, "vpcId"), found(site.eks.clusters, release.cluster)
    if cluster is None or (not given and _value(release, "vpcTags")):
        return Proof(verdict="proven")
    if given:
        home = next((each.vpc for key in cluster.subnets if (each := found(site.network.subnets, key))), None)
        said = f"vpcId is {describe(given)}; {cluster.subject.logical_id} is in {describe(home or '?')}"
        if home is None or home == given or isinstance(given, str):
            return Proof(verdict="proven", steps=(said,))
        if given in site.network.vpcs and home in site.network.vpcs:
            return Proof(verdict="refuted", steps=(said,))
        return Proof(verdict="unproven", steps=(said,), missing=f"whether {describe(given)} is that VPC")
    return every((Proof(verdict="proven", steps=("vpcId is not given",)), *_metadata(release, cluster, site)))


def _metadata(release: HelmRelease, cluster: EksCluster, site: Site) -> Iterator[Proof]:
    """Whether the controller's pods reach the metadata service, wherever they may run."""
    for profile in nodes(site, cluster.key):
        match, name = profile.takes(release.namespace, labels_of(release)), profile.subject.logical_id
        if match is Match.YES:
            said = f"{name} runs its pods on Fargate, which has no metadata service"
            yield Proof(verdict="refuted", steps=(said,))
        elif match is Match.PERHAPS:
            yield Proof(verdict="unproven", missing=f"whether {name} runs its pods on Fargate")
    if cluster.auto_mode is True and not groups_of(cluster, site):
        said = f"Nodes of Auto Mode in {cluster.subject.logical_id} answer pods no metadata"
        yield Proof(verdict="refuted", steps=(said,))
    for group in groups_of(cluster, site):
        template = template_of(group, site)
        if template is None and group.launch_template is not None:
            yield Proof(verdict="unproven", missing=f"the hop limit of {describe(group.launch_template)}")
        elif template and is_leaf(template.hop_limit):
            yield Proof(verdict="unproven", missing=describe(template.hop_limit or Unknown("the hop limit")))
        elif template and template.hop_limit == 1 and template.metadata_tokens != "optional":
            said = f"{template.subject.logical_id} lets tokens of the metadata service go one hop, to no pod"
            yield Proof(verdict="refuted", steps=(said,), culprit=template.subject)
