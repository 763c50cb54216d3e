"""The target "eks"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eks.stack import EksStack

if TYPE_CHECKING:
    from aws_cdk import App

    from cais.contract import Contract
    from stacks.shared import Shared


class EksTarget:
    """Runs the image on Amazon EKS."""

    name = "eks"
    stack_name = "EksStack"

    def build(self, app: App, shared: Shared, contract: Contract) -> EksStack:
        """EksStack in `app`.

        Raises:
            SettingsError: a copy of the service is larger than a managed node.
        """
        return EksStack(app, self.stack_name, shared=shared, contract=contract)
