"""What the role of GitHub's jobs may do on the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from constructs import Construct


def let_deploy(scope: Construct, role: iam.IRole, *, cluster: eks.ICluster, namespace: str) -> None:
    """Let `role` find `cluster`, and install charts into the service's namespace and no other (K27).

    https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
    """
    find = iam.PolicyStatement(actions=["eks:DescribeCluster"], resources=[cluster.cluster_arn])
    iam.Policy(scope, "DeliveryPolicy", roles=[role], statements=[find])
    edit = eks.AccessPolicy.from_access_policy_name(
        "AmazonEKSEditPolicy", access_scope_type=eks.AccessScopeType.NAMESPACE, namespaces=[namespace]
    )
    eks.AccessEntry(scope, "DeliveryAccess", cluster=cluster, principal=role.role_arn, access_policies=[edit])
