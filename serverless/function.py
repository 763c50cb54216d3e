"""The image as a Lambda function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsii
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.roles import service_role
from stacks.security import accept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.contract import Contract
    from stacks.data import Store
    from stacks.image import PlacedImage
    from stacks.network import NetworkStack

ARCHITECTURES = {"x86_64": lambda_.Architecture.X86_64, "arm64": lambda_.Architecture.ARM_64}
ENTRY_POINT = ["python", "-m", "awslambdaric"]

NETWORK_ACTIONS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions"""


class ImageFunction(Construct):
    """The image with its command overridden, so that Lambda's runtime client calls `handler`.

    `group` is its security group in the VPC; without one the function stays outside.

    Attributes:
        function: the function.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        image: PlacedImage,
        handler: str,
        contract: Contract,
        store: Store,
        network: NetworkStack,
        group: ec2.ISecurityGroup | None,
        timeout: Duration,
        concurrency: int | None = None,
        environment: Mapping[str, str] | None = None,
        traced: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        log_group = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        role = self._role(log_group, store, in_vpc=group is not None)
        if traced:
            accept(role, "IAM5[Resource::*]", "X-Ray's actions take no resource")
        self.function = lambda_.Function(
            self,
            "Function",
            code=_PlacedCode(image.uri, handler),
            handler=lambda_.Handler.FROM_IMAGE,
            runtime=lambda_.Runtime.FROM_IMAGE,
            architecture=ARCHITECTURES[contract.architecture],
            # Lambda gives CPU with memory: 512 MiB come with 0.29 vCPU, as good as the contract's quarter.
            memory_size=contract.memory_mib,
            timeout=timeout,
            reserved_concurrent_executions=concurrency,
            environment={**_environment(store), **(environment or {})},
            role=role,
            # Lambda samples by itself: a request a second, and one in twenty of the others.
            tracing=lambda_.Tracing.ACTIVE if traced else None,
            log_group=log_group,
            vpc=network.vpc if group else None,
            vpc_subnets=network.private if group else None,
            security_groups=[group] if group else None,
        )
        if group:
            # One that runs before its group's rules cannot reach the database (A2).
            self.function.node.add_dependency(group)

    def _role(self, log_group: logs.ILogGroup, store: Store, *, in_vpc: bool) -> iam.IRole:
        """A role that writes these logs and uses the store; AWS's managed policies write every log group."""
        role = service_role(self, "Role", service="lambda.amazonaws.com")
        log_group.grant_write(role)
        store.grant_access(role)
        if store.secret:
            store.secret.grant_read(role)
        if in_vpc:
            role.add_to_principal_policy(iam.PolicyStatement(actions=list(NETWORK_ACTIONS), resources=["*"]))
            accept(
                role, "IAM5[Resource::*]", "Lambda makes network interfaces whose ARNs nobody knows before"
            )
        return role


def _environment(store: Store) -> dict[str, str]:
    """What the service reads; Lambda injects no secrets, so it is told where the password is."""
    secret = {"DATABASE_SECRET_ARN": store.secret.secret_arn} if store.secret else {}
    return {**store.environment, **secret}


class _PlacedCode(lambda_.Code):
    """An image that has its place already."""

    def __init__(self, uri: str, handler: str) -> None:
        super().__init__()
        self._config = lambda_.CodeConfig(
            image=lambda_.CodeImageConfig(image_uri=uri, entrypoint=ENTRY_POINT, cmd=[handler])
        )

    @jsii.member(jsii_name="bind")
    def bind(self, scope: Construct) -> lambda_.CodeConfig:  # noqa: ARG002 - the base class's signature
        """The image by its URI."""
        return self._config
