"""EKS: do nodes join, do pods start, and does the load balancer get to them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cais.site.model.site import Site

TITLE = "EKS"
MODULES: tuple[str, ...] = (
    "eks101_subnets",
    "eks102_target_type",
    "eks103_ingress_class",
    "eks104_annotations",
    "eks105_health_path",
    "eks106_backend",
    "eks107_probes",
    "eks108_readiness_gate",
    "eks109_room",
    "eks110_controller_settings",
    "eks111_two_controllers",
    "eks112_token_trust",
    "eks113_controller_role",
    "eks114_pod_identity",
    "eks115_controller_permission",
    "eks116_order",
    "eks117_cert_manager",
    "eks118_nodes_reach",
    "eks119_webhooks",
    "eks120_tagged_groups",
    "eks121_nodes_admitted",
    "eks122_pull_permission",
    "eks123_network_path",
    "eks124_cni",
    "eks125_deployers",
    "eks126_helm_timeout",
    "eks127_kubectl_reaches",
    "eks128_kubectl_version",
    "eks129_ami_type",
    "eks130_pod_account",
    "eks131_cluster_role",
)


def concerns(site: Site) -> bool:
    """Whether the site has anything of EKS."""
    return bool(site.eks.clusters or site.eks.node_groups or site.eks.helm_releases or site.eks.manifests)
