from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk.triggers import Trigger

from serverless.api import Api
from serverless.function import ImageFunction
from stacks.settings import SettingsError

if TYPE_CHECKING:
    from constructs import Construct

    from cais.contract import Contract
    from stacks.shared import Shared

CONCURRENCY = 50
"""Each copy holds a connection; Aurora of 4 ACU takes some hundreds, which ECS and EKS draw on as well."""

TIMEOUT = Duration.seconds(29)
"""An HTTP API waits 30 s; a database that wakes from zero takes half of that, a cold start a few seconds."""

MIGRATION_TIMEOUT = Duration.minutes(2)


class LambdaStack(Stack):
    """The image as a function behind an HTTP API; in the VPC only if the store is."""

    def __init__(self, scope: Construct, construct_id: str, *, shared: Shared, contract: Contract) -> None:
        super().__init__(scope, construct_id, description=f"{contract.name} on Lambda")
        self._shared, self._contract = shared, contract
        self._image = shared.image.place(self)
        if self._image.repository is None:
            raise SettingsError(
                f"target serverless: Lambda runs images of Amazon ECR only; -c image= is {self._image.uri!r}"
            )
        self._group = self._security_group() if shared.store.in_vpc else None
        service = self._function(
            "Service",
            "handler",
            timeout=TIMEOUT,
            concurrency=CONCURRENCY,
            environment={"METRICS_NAMESPACE": contract.name} if shared.metrics else None,
            traced=shared.settings.traces != "off",
        )
        if shared.store.has_schema:
            self._migrate_before(service)
        api = Api(self, "Api", name=contract.name, function=service.function)
        CfnOutput(self, "Url", value=api.url, description="Where the service answers")

    def _security_group(self) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self,
            "Group",
            vpc=self._shared.network.vpc,
            description="The functions",
            allow_all_outbound=False,
        )
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "Secrets Manager")
        self._shared.store.admit(group, group)
        return group

    def _function(self, construct_id: str, name: str, *, timeout: Duration, **options: Any) -> ImageFunction:
        return ImageFunction(
            self,
            construct_id,
            image=self._image,
            handler=f"service.lambda_handler.{name}",
            contract=self._contract,
            store=self._shared.store,
            network=self._shared.network,
            group=self._group,
            timeout=timeout,
            **options,
        )

    def _migrate_before(self, service: ImageFunction) -> None:
        """Bring the store's schema up to date, whenever the image is another one, before it serves."""
        migration = self._function("Migration", "migrate", timeout=MIGRATION_TIMEOUT)
        Trigger(
            self,
            "Migrate",
            handler=migration.function,
            timeout=MIGRATION_TIMEOUT,
            execute_before=[service.function],
        )
