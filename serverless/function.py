"""The image as a Lambda function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsii
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

if TYPE_CHECKING:
    from cais.contract import Contract
    from stacks.image import PlacedImage
    from stacks.shared import Shared

ARCHITECTURES = {"x86_64": lambda_.Architecture.X86_64, "arm64": lambda_.Architecture.ARM_64}
ENTRY_POINT = ["python", "-m", "awslambdaric"]


class ImageFunction(Construct):
    """The image with its command overridden: Lambda's runtime client calls `handler`."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        image: PlacedImage,
        handler: str,
        shared: Shared,
        contract: Contract,
        group: ec2.ISecurityGroup | None,
        concurrency: int,
        timeout: Duration,
    ) -> None:
        super().__init__(scope, name)
        log_group = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        self.function = lambda_.Function(
            self,
            "Function",
            code=_PlacedCode(image.uri, handler),
            handler=lambda_.Handler.FROM_IMAGE,
            runtime=lambda_.Runtime.FROM_IMAGE,
            architecture=ARCHITECTURES[contract.architecture],
            memory_size=contract.memory_mib,
            timeout=timeout,
            log_group=log_group,
            environment=_environment(shared),
            reserved_concurrent_executions=concurrency,
            vpc=shared.network.vpc if group else None,
            vpc_subnets=shared.network.private if group else None,
            security_groups=[group] if group else None,
        )
        shared.store.grant_access(self.function)
        if shared.store.secret:
            shared.store.secret.grant_read(self.function)


def _environment(shared: Shared) -> dict[str, str]:
    """What the service reads; Lambda injects no secrets, so it is told where the password is."""
    secret = shared.store.secret
    return {**shared.store.environment, **({"DATABASE_SECRET_ARN": secret.secret_arn} if secret else {})}


class _PlacedCode(lambda_.Code):
    """An image that has its place already."""

    def __init__(self, uri: str, handler: str) -> None:
        super().__init__()
        self._config = lambda_.CodeConfig(
            image=lambda_.CodeImageConfig(image_uri=uri, entrypoint=ENTRY_POINT, cmd=[handler])
        )

    @jsii.member(jsii_name="bind")
    def bind(self, _scope: Construct) -> lambda_.CodeConfig:
        return self._config
