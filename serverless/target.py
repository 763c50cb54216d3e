from __future__ import annotations

from typing import TYPE_CHECKING

from serverless.stack import LambdaStack

if TYPE_CHECKING:
    from aws_cdk import App

    from cais.contract import Contract
    from stacks.shared import Shared


class ServerlessTarget:
    """Lambda behind an HTTP API."""

    name = "serverless"
    stack_name = "LambdaStack"

    def build(self, app: App, shared: Shared, contract: Contract) -> LambdaStack:
        """The stack, in `app`."""
        return LambdaStack(app, self.stack_name, shared=shared, contract=contract)
