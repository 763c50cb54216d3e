from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_ec2 as ec2

from serverless.api import Api
from serverless.function import ImageFunction

if TYPE_CHECKING:
    from constructs import Construct

    from cais.contract import Contract
    from stacks.network import NetworkStack
    from stacks.shared import Shared

CONCURRENCY = 50
"""Each copy holds one connection: far below the 823 that 4 ACU admit, shared with the other targets."""

TIMEOUT = Duration.seconds(29)
"""An HTTP API gives up after 30 s; a cold start and a database that wakes from zero take about 20."""


class LambdaStack(Stack):
    """The image as a function behind an HTTP API; in the VPC only if the store is."""

    def __init__(self, scope: Construct, name: str, *, shared: Shared, contract: Contract) -> None:
        super().__init__(scope, name, description=f"{contract.name} on Lambda")
        image = shared.image.place(self)
        group = self._group(shared.network) if shared.store.in_vpc else None
        if group:
            shared.store.admit(self, group)
        service = ImageFunction(
            self,
            "Service",
            image=image,
            handler="service.lambda_handler.handler",
            shared=shared,
            contract=contract,
            group=group,
            concurrency=CONCURRENCY,
            timeout=TIMEOUT,
        )
        api = Api(self, "Api", function=service.function)
        CfnOutput(self, "Url", value=api.url, description="Where the service answers")

    def _group(self, network: NetworkStack) -> ec2.SecurityGroup:
        """Out over HTTPS only, for the database secret; the way to the database is added with it."""
        group = ec2.SecurityGroup(
            self, "Group", vpc=network.vpc, description="The functions", allow_all_outbound=False
        )
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "Secrets Manager")
        return group
