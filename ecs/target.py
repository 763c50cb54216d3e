from __future__ import annotations

from typing import TYPE_CHECKING

from ecs.stack import EcsStack

if TYPE_CHECKING:
    from aws_cdk import App

    from cais.contract import Contract
    from stacks.shared import Shared


class EcsTarget:
    """ECS Fargate behind a public load balancer."""

    name = "ecs"
    stack_name = "EcsStack"

    def build(self, app: App, shared: Shared, contract: Contract) -> EcsStack:
        """The stack, in `app`.

        Raises:
            SettingsError: the collector of the metrics cannot be pulled from where the tasks are.
        """
        return EcsStack(app, self.stack_name, shared=shared, contract=contract)
