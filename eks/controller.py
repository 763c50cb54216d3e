"""aws-load-balancer-controller: makes the load balancer that an Ingress asks for.

Its IAM policy is beside this module, unchanged: `docs/install/iam_policy.json` of v3.2.2 (Apache-2.0), taken
from aws-cdk-lib, which ships it. https://github.com/kubernetes-sigs/aws-load-balancer-controller
CDK's own `AlbController` is not used: it wants an OIDC provider where Pod Identity does without, and lets
helm run as long as the Lambda function that runs it (K29).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from eks.identity import PodIdentity
from eks.releases import release
from stacks.security import accept

if TYPE_CHECKING:
    from aws_cdk import aws_eks_v2 as eks

VERSION = "3.2.2"
REPOSITORY = "https://aws.github.io/eks-charts"
NAME = "aws-load-balancer-controller"
NAMESPACE = "kube-system"
POLICY = Path(__file__).with_name(f"{NAME}-{VERSION}-iam-policy.json")

REASON = (
    "The policy that the controller's authors publish, unchanged: what it makes has no ARN yet; which load "
    "balancers, target groups and security groups it may delete is held by conditions on its cluster's tag"
)


class LoadBalancerController(Construct):
    """The controller, ready: helm returns once its webhook answers, so an Ingress may follow (K12)."""

    def __init__(self, scope: Construct, construct_id: str, *, cluster: eks.ICluster) -> None:
        super().__init__(scope, construct_id)
        identity = PodIdentity(self, "Identity", cluster=cluster, namespace=NAMESPACE, service_account=NAME)
        # An older policy than the controller's version lacks calls that it makes (K11).
        document = json.loads(POLICY.read_text(encoding="utf-8"))
        identity.role.add_managed_policy(_policy(self, document))
        chart = release(
            self,
            "Chart",
            cluster=cluster,
            name=NAME,
            namespace=NAMESPACE,
            chart=NAME,
            repository=REPOSITORY,
            version=VERSION,
            values=_values(cluster),
        )
        chart.node.add_dependency(identity)


def _policy(scope: Construct, document: dict[str, Any]) -> iam.ManagedPolicy:
    text = json.dumps(document).replace("arn:aws:", f"arn:{Aws.PARTITION}:")
    policy = iam.ManagedPolicy(scope, "Policy", document=iam.PolicyDocument.from_json(json.loads(text)))
    for resource in sorted(_resources(document)):
        finding = f"IAM5[Resource::{resource.replace('arn:aws:', 'arn:<AWS::Partition>:')}]"
        accept(policy, finding, REASON)
    return policy


def _resources(document: dict[str, Any]) -> set[str]:
    found = [statement["Resource"] for statement in document["Statement"]]
    return {arn for resource in found for arn in ([resource] if isinstance(resource, str) else resource)}


def _values(cluster: eks.ICluster) -> dict[str, Any]:
    return {
        # Without its name the controller finds no subnet (K6).
        "clusterName": cluster.cluster_name,
        # Pods cannot ask the nodes' metadata service for these: its hop limit is 1 (K7).
        "region": Stack.of(cluster).region,
        "vpcId": cluster.vpc.vpc_id,
        "serviceAccount": {"name": NAME},
        # Else every Service of every chart waits for this webhook, and we have no Service for it (K12).
        "enableServiceMutatorWebhook": False,
        # No pod of the service is admitted without its webhook, so one of its two pods always stays (K20).
        "podDisruptionBudget": {"maxUnavailable": 1},
        "enableShield": False,
        "enableWaf": False,
        "enableWafv2": False,
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
    }
