from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, Stack

from ecs.load_balancer import LoadBalancer
from ecs.service import Service
from ecs.task import Task

if TYPE_CHECKING:
    from constructs import Construct

    from cais.contract import Contract
    from stacks.shared import Shared


class EcsStack(Stack):
    """Fargate tasks in the private subnets behind an application load balancer in the public ones."""

    def __init__(self, scope: Construct, construct_id: str, *, shared: Shared, contract: Contract) -> None:
        super().__init__(scope, construct_id, description=f"{contract.name} on ECS Fargate")
        load_balancer = LoadBalancer(
            self,
            "LoadBalancer",
            network=shared.network,
            contract=contract,
            certificate_arn=shared.settings.certificate_arn,
        )
        task = Task(self, "Task", shared=shared, contract=contract)
        Service(
            self,
            "Service",
            task=task,
            load_balancer=load_balancer,
            network=shared.network,
            store=shared.store,
            contract=contract,
        )
        CfnOutput(self, "Url", value=load_balancer.url, description="Where the service answers")
