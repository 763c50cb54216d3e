"""The cluster itself: its version, who reaches its API, who administers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import Annotations, DefaultStackSynthesizer, Fn, RemovalPolicy, Stack
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.lambda_layer_kubectl_v36 import KubectlV36Layer

from eks.identity import managed_policy
from eks.kubectl import accept_handler, as_it_is, discard_logs
from stacks.security import accept

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.network import NetworkStack
    from stacks.settings import Settings

# The newest that both aws_eks_v2 and a kubectl layer know; the two move together (K30).
VERSION = eks.KubernetesVersion.V1_36

CLUSTER_POLICIES = (
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
"""What CDK gives the control plane: the first for any cluster, the others for Auto Mode."""


def control_plane(
    scope: Construct,
    *,
    network: NetworkStack,
    settings: Settings,
    compute: eks.ComputeConfig | None,
    kubectl: iam.IRole,
) -> eks.ICluster:
    """A cluster without nodes of its own; `compute` turns Auto Mode on, `kubectl` is CDK's handler's role.

    Its API answers inside the VPC, where CDK's kubectl handler is put too (K31), and over the internet only
    to `settings.eks_public_cidrs`.
    """
    cluster = eks.Cluster(
        scope,
        "Cluster",
        version=VERSION,
        vpc=network.vpc,
        vpc_subnets=[network.private],
        endpoint_access=_endpoint_access(settings.eks_public_cidrs),
        cluster_logging=list(eks.ClusterLoggingTypes),
        secrets_encryption_key=_secrets_key(scope),
        # Without a capacity type aws_eks_v2 turns Auto Mode on, beside our own controller (K34).
        default_capacity_type=eks.DefaultCapacityType.AUTOMODE
        if compute
        else eks.DefaultCapacityType.NODEGROUP,
        default_capacity=None if compute else 0,
        compute=compute,
        # Every add-on is a resource of ours, or Auto Mode's; never one that nobody updates.
        bootstrap_self_managed_addons=False,
        # The creator is CloudFormation's execution role, which no person and no workflow can assume.
        bootstrap_cluster_creator_admin_permissions=False,
        kubectl_provider_options=eks.KubectlProviderOptions(
            kubectl_layer=KubectlV36Layer(scope, "KubectlLayer"), role=as_it_is(scope, kubectl)
        ),
        # Our manifests keep their names, so there is nothing to prune, and nothing to map (K30).
        prune=False,
    )
    # CDK's condition on a policy that `as_it_is` kept off the handler's role.
    scope.node.try_remove_child("HasEcrPublic")
    discard_logs(cluster)
    _admit(cluster, settings.eks_admin_role_arn)
    _accept_findings(cluster)
    # jsii's Python types do not see that Cluster implements the interface that every other construct takes.
    return cast("eks.ICluster", cluster)


def deploying_role_arn(stack: Stack) -> str:
    """The bootstrap role that `cdk deploy` assumes, from a laptop and from GitHub Actions alike.

    Whoever may deploy may assume it, so this entry admits exactly them, whatever role they came with (K27).
    """
    synthesizer = cast("DefaultStackSynthesizer", stack.synthesizer)
    return Fn.sub(synthesizer.deploy_role_arn)


def _endpoint_access(public_cidrs: tuple[str, ...]) -> eks.EndpointAccess:
    if not public_cidrs:
        return eks.EndpointAccess.PRIVATE
    return eks.EndpointAccess.PUBLIC_AND_PRIVATE.only_from(*public_cidrs)


def _secrets_key(scope: Construct) -> kms.Key:
    """The key of Kubernetes' secrets; it goes with the cluster, after which it could decrypt nothing."""
    return kms.Key(
        scope,
        "SecretsKey",
        description="Kubernetes secrets of the EKS cluster",
        enable_key_rotation=True,
        removal_policy=RemovalPolicy.DESTROY,
    )


def _admit(cluster: eks.Cluster, admin_role_arn: str | None) -> None:
    """Access entries for the roles that administer the cluster; an IAM policy alone admits nobody (K27)."""
    policy = eks.AccessPolicy.from_access_policy_name(
        "AmazonEKSClusterAdminPolicy", access_scope_type=eks.AccessScopeType.CLUSTER
    )
    cluster.grant_access("DeployingRole", deploying_role_arn(Stack.of(cluster)), [policy])
    if admin_role_arn:
        role = iam.Role.from_role_arn(cluster, "AdminRole", admin_role_arn, mutable=False)
        cluster.grant_access("AdminRoleAccess", role.role_arn, [policy])


def _accept_findings(cluster: eks.Cluster) -> None:
    accept_handler(cluster)
    for name in CLUSTER_POLICIES:
        accept(cluster.role, managed_policy(name), "What EKS documents that its control plane needs")
    Annotations.of(cluster).acknowledge_warning(
        "@aws-cdk/aws-eks:isolatedSubnetsForKubectlPrivateSubnets",
        "egress=endpoints: EksStack and NetworkStack make every endpoint that the kubectl handler needs",
    )
