"""EksStack: the service on Kubernetes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import Annotations, CfnOutput, Stack
from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from eks.auto_mode import AutoMode, auto_compute
from eks.control_plane import control_plane, deploying_role_arn
from eks.delivery import let_deploy
from eks.kubectl import kubectl_role, let_kubectl
from eks.managed_nodes import ManagedNodes
from eks.scraper import scrape
from eks.workload import SCHEME, Workload

if TYPE_CHECKING:
    from aws_cdk import aws_eks_v2 as eks

    from cais.contract import Contract
    from stacks.settings import Settings
    from stacks.shared import Shared

CHART = Path(__file__).with_name("chart")

AWS_SERVICES = ("ec2", "eks", "eks-auth", "elasticloadbalancing", "lambda")
"""What nodes, pods, the controller and CDK's kubectl handler speak to, beside what every target does.

https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html
"""


class EksStack(Stack):
    """A cluster, its compute, and the service on it.

    The order matters both ways: the service is installed once its compute and its controller are ready (K12),
    and when the stack is destroyed its Ingress goes while there still is a controller to take its load
    balancer down (K33).
    """

    def __init__(self, scope: Construct, construct_id: str, *, shared: Shared, contract: Contract) -> None:
        super().__init__(scope, construct_id, description=f"{contract.name} on EKS")
        auto = shared.settings.eks_compute == "auto"
        chart = Asset(self, "Chart", path=str(CHART))
        kubectl = kubectl_role(self)
        cluster = control_plane(
            self,
            network=shared.network,
            settings=shared.settings,
            compute=auto_compute(self) if auto else None,
            kubectl=kubectl,
        )
        endpoints = Construct(self, "Endpoints")
        shared.network.connect(endpoints, AWS_SERVICES)
        compute = (
            AutoMode(self, "Compute", cluster=cluster, scheme=SCHEME, contract=contract)
            if auto
            else ManagedNodes(
                self, "Compute", cluster=cluster, subnets=shared.network.private, contract=contract
            )
        )
        workload = Workload(
            self,
            "Workload",
            cluster=cluster,
            readiness_gate_label=compute.readiness_gate_label,
            chart=chart,
            shared=shared,
            contract=contract,
        )
        may_use_cluster = let_kubectl(self, kubectl, cluster=cluster, chart=chart)
        compute.node.add_dependency(endpoints, may_use_cluster)
        workload.node.add_dependency(compute)
        if shared.metrics:
            metrics = shared.metrics.stack()
            scrape(self, cluster=cluster, network=shared.network, metrics=metrics, contract=contract)
        if shared.deploy_role:
            let_deploy(self, shared.deploy_role, cluster=cluster, namespace=contract.name)
        _say_what_cannot_work(self, shared.settings)
        CfnOutput(self, "Url", value=workload.url, description="Where the service answers")
        _tell_how_to_reach(self, cluster)


def _say_what_cannot_work(stack: EksStack, settings: Settings) -> None:
    if settings.egress == "endpoints" and settings.eks_compute == "managed-nodes":
        Annotations.of(stack).add_warning_v2(
            "cais:eks-controller-needs-internet",
            "With egress=endpoints nothing reaches the internet, where the load balancer controller's chart "
            "and image come from: deploy with -c eks_compute=auto, which needs neither, or -c egress=nat",
        )
    if settings.traces != "off":
        Annotations.of(stack).add_warning_v2(
            "cais:eks-sends-no-traces",
            "Nothing on the cluster takes traces to X-Ray: bring a collector, and name it to the chart with "
            "environment.OTEL_EXPORTER_OTLP_ENDPOINT",
        )


def _tell_how_to_reach(stack: EksStack, cluster: eks.ICluster) -> None:
    command = (
        f"aws eks update-kubeconfig --region {stack.region} --name {cluster.cluster_name}"
        f" --role-arn {deploying_role_arn(stack)}"
    )
    CfnOutput(
        stack,
        "Kubeconfig",
        value=command,
        description="Sets kubectl up, where the cluster's API is reachable",
    )
