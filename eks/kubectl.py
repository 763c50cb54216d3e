"""CDK's kubectl handler: the Lambda function that runs kubectl and helm for CloudFormation."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import Arn, ArnComponents, CfnElement, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs

from eks.identity import aws_role, managed_policy
from stacks.security import accept

if TYPE_CHECKING:
    from aws_cdk import aws_eks_v2 as eks
    from aws_cdk.aws_s3_assets import Asset
    from constructs import Construct

VPC_ACCESS = "service-role/AWSLambdaVPCAccessExecutionRole"
BASIC = "service-role/AWSLambdaBasicExecutionRole"


def kubectl_role(scope: Construct) -> iam.IRole:
    """The handler's role, which so far may write logs and live in a VPC."""
    return aws_role(scope, "KubectlRole", service="lambda.amazonaws.com", policies=[VPC_ACCESS])


def as_it_is(scope: Construct, role: iam.IRole) -> iam.IRole:
    """`role` as one that CDK cannot add to; it would let the handler read every asset and repository."""
    return iam.Role.from_role_arn(scope, "KubectlRoleAsItIs", role.role_arn, mutable=False)


def let_kubectl(scope: Construct, role: iam.IRole, *, cluster: eks.ICluster, chart: Asset) -> iam.Policy:
    """Let the handler find `cluster` and fetch `chart`; releases and manifests depend on this policy."""
    statements = [
        iam.PolicyStatement(actions=["eks:DescribeCluster"], resources=[cluster.cluster_arn]),
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[_object_arn(chart)]),
    ]
    return iam.Policy(scope, "KubectlPolicy", roles=[role], statements=statements)


def discard_logs(cluster: eks.Cluster) -> None:
    """Let the handler's logs go with the stack; CDK would leave them behind, for two years."""
    for construct in cluster.node.find_child("KubectlProvider").node.find_all():
        if isinstance(construct, logs.CfnLogGroup):
            construct.apply_removal_policy(RemovalPolicy.DESTROY)


def accept_handler(cluster: eks.Cluster) -> None:
    """Accept what cdk-nag finds in CDK's own function and in the framework that calls it."""
    provider = cluster.node.find_child("KubectlProvider")
    handler = cast("CfnElement", provider.node.find_child("Handler").node.default_child)
    handler_arn = f"<{Stack.of(cluster).get_logical_id(handler)}.Arn>"
    accept(provider, "L1", "CDK chooses and updates the runtime of its own function")
    for name in (BASIC, VPC_ACCESS):
        accept(provider, managed_policy(name), "logs and network interfaces of CDK's own function, no more")
    accept(provider, f"IAM5[Resource::{handler_arn}:*]", "versions of the one function that it calls")


def _object_arn(asset: Asset) -> str:
    bucket, key = asset.s3_bucket_name, asset.s3_object_key
    return Arn.format(
        ArnComponents(service="s3", region="", account="", resource=bucket, resource_name=key),
        Stack.of(asset),
    )
