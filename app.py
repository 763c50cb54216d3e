"""The CDK app: context in, one stack for each concern and each target out."""

from __future__ import annotations

import sys
from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from cais.cdk_plugin import Preflight
from cais.contract import ContractError, load_contract
from stacks.build import build
from stacks.registry import TargetError, installed_targets
from stacks.settings import KEYS, SettingsError, read_settings

ROOT = Path(__file__).parent
CONTRACT = ROOT / "service" / "contract.toml"


def main() -> None:
    """Synthesize, or say what is wrong with the settings, the contract or an installed target."""
    app = App()
    try:
        targets = installed_targets()
        settings = read_settings({key: app.node.try_get_context(key) for key in KEYS}, targets=targets)
        contract = load_contract(CONTRACT)
        build(app, settings=settings, contract=contract, targets=targets, image_folder=ROOT / "service")
    except (ContractError, SettingsError, TargetError) as error:
        sys.exit(f"cannot synthesize:\n{error}")
    validate(app)
    app.synth()


def validate(app: App) -> None:
    """Add what must find no fault with the templates before a synthesis, and so a deployment, goes on."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), Preflight(contract=CONTRACT))


if __name__ == "__main__":
    main()
