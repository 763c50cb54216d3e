"""EKS111: one controller makes the load balancers of a class.

What breaks: EKS Auto Mode has a load balancer controller of its own. Installed beside it, the chart of the
other one wants to make the class `alb`, too: where a manifest has made it for Auto Mode, helm refuses to
take it over ("exists and cannot be imported into the current release"). Otherwise an Ingress gets a load
balancer of either, as its class says.

How it is proven: the cluster's `ElasticLoadBalancing`, the releases in it, and the classes that manifests
make.

Fix: leave out the chart, or give it another `ingressClass`.

Sample:

    Kubernetes:
      Properties:
        ComputeConfig: {Enabled: true}
        KubernetesNetworkConfig: {ElasticLoadBalancing: {Enabled: true}}
    Class:
      Type: Custom::AWSCDK-EKS-KubernetesResource
      Properties:
        ClusterName: !Ref Kubernetes
        Manifest: [{kind: IngressClass, metadata: {name: alb}, spec: {controller: eks.amazonaws.com/alb}}]

Sources: https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-alb.html,
https://docs.aws.amazon.com/eks/latest/userguide/migrate-auto.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.ways import controllers
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.eks import EksCluster, HelmRelease
    from cais.site.model.site import Site

RULE = Rule(id="EKS111", causes=("K34",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks at the cluster of every controller."""
    for release in controllers(site):
        cluster = found(site.eks.clusters, release.cluster)
        if cluster is not None:
            yield _judge(release, cluster, site)


def _judge(release: HelmRelease, cluster: EksCluster, site: Site) -> Finding:
    name = cluster.subject.logical_id
    claim = Claim(
        subject=release.subject,
        proven=f"One controller makes the load balancers of {name}",
        refuted=f"Two controllers make load balancers in {name}: the chart's, and that of EKS Auto Mode",
        fix="Leave out the chart, or give it an ingressClass of its own.",
        settle="kubectl get ingressclass",
        service=label(release.subject),
    )
    if cluster.balances_load is False:
        return RULE.proven(claim, f"EKS balances no load in {name}")
    if cluster.balances_load is not True:
        return RULE.unproven(claim, f"whether Auto Mode balances load in {name}")
    classes = {each.identity.name: each.identity.subject for each in site.eks.kubernetes.ingress_classes}
    made = _made(release)
    step = f"ElasticLoadBalancing of {name} is on"
    if made in classes:
        both = f"The chart makes the class {made}, and so does {classes[made].logical_id}"
        return RULE.refuted(claim, step, both)
    return RULE.advice(claim, step)


def _made(release: HelmRelease) -> str | None:
    values = release.values if isinstance(release.values, dict) else {}
    if values.get("createIngressClassResource", True) is not True:
        return None
    return str(values.get("ingressClass", "alb"))
