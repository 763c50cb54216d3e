"""Compute that AWS chooses: EKS Auto Mode, with the network, DNS and load balancing built in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from eks.add_ons import add_on
from eks.identity import aws_role
from eks.values import KUBERNETES_ARCHITECTURES

if TYPE_CHECKING:
    from cais.contract import Contract

GROUP = "eks.amazonaws.com"
INGRESS_CLASS = "alb"


def auto_compute(scope: Construct) -> eks.ComputeConfig:
    """The cluster's compute: both built-in node pools, and nodes that may join and pull images, no more."""
    role = aws_role(
        scope,
        "NodeRole",
        service="ec2.amazonaws.com",
        policies=["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"],
    )
    return eks.ComputeConfig(node_pools=["general-purpose", "system"], node_role=role)


class AutoMode(Construct):
    """What Auto Mode lacks until it is told: an ingress class, metrics, and nodes for other architectures.

    No load balancer controller of our own (K34), and no Pod Identity agent: Auto Mode has both.
    """

    readiness_gate_label = f"{GROUP}/pod-readiness-gate-inject"

    def __init__(
        self, scope: Construct, construct_id: str, *, cluster: eks.ICluster, scheme: str, contract: Contract
    ) -> None:
        super().__init__(scope, construct_id)
        add_on(self, "metrics-server", cluster=cluster)
        # Not in the chart: helm creates kinds that it does not know, such as IngressClassParams, last, and an
        # Ingress whose class lacks its parameters is refused.
        _manifest(self, "IngressClass", cluster, ingress_class(scheme))
        if contract.architecture != "x86_64":
            architecture = KUBERNETES_ARCHITECTURES[contract.architecture]
            _manifest(self, "NodePool", cluster, [node_pool(architecture)])


def ingress_class(scheme: str) -> list[dict[str, Any]]:
    """The class that Auto Mode's controller serves; without it an Ingress is ignored (K17).

    https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-alb.html
    """
    parameters = {"apiGroup": GROUP, "kind": "IngressClassParams", "name": INGRESS_CLASS}
    return [
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": "IngressClassParams",
            "metadata": {"name": INGRESS_CLASS},
            "spec": {"scheme": scheme},
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IngressClass",
            "metadata": {"name": INGRESS_CLASS},
            "spec": {"controller": f"{GROUP}/alb", "parameters": parameters},
        },
    ]


def node_pool(architecture: str) -> dict[str, Any]:
    """Nodes of `architecture`: the built-in pool for workloads has amd64 alone, and pods would wait for ever.

    https://docs.aws.amazon.com/eks/latest/userguide/set-builtin-node-pools.html
    """

    def one_of(key: str, *values: str) -> dict[str, Any]:
        return {"key": key, "operator": "In", "values": list(values)}

    spec = {
        "nodeClassRef": {"group": GROUP, "kind": "NodeClass", "name": "default"},
        "requirements": [
            one_of("kubernetes.io/arch", architecture),
            one_of("karpenter.sh/capacity-type", "on-demand"),
            one_of(f"{GROUP}/instance-category", "c", "m", "r"),
        ],
    }
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": architecture},
        "spec": {"template": {"spec": spec}},
    }


def _manifest(
    scope: Construct, construct_id: str, cluster: eks.ICluster, objects: list[dict[str, Any]]
) -> None:
    eks.KubernetesManifest(scope, construct_id, cluster=cluster, manifest=objects)
