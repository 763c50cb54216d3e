from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.account import ID, REGION, Account, account
from tests.e2e.inventory import inventory

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def aws(base_image: str, tmp_path_factory: pytest.TempPathFactory):
    with account(tmp_path_factory.mktemp("aws"), base_image=base_image) as empty:
        yield empty


@pytest.fixture(scope="module")
def app(aws: Account, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return aws.synthesize(tmp_path_factory.mktemp("app"))


@pytest.fixture(scope="module")
def bootstrapped(aws: Account, app: Path) -> set[str]:
    """What is in an account before anything of ours is."""
    aws.cdk("bootstrap", f"aws://{ID}/{REGION}", f"--app={app}")
    return inventory(aws)


@pytest.fixture(scope="module")
def deployed(aws: Account, app: Path, bootstrapped: set[str]) -> Account:  # noqa: ARG001 - it has to be
    for stack in ("NetworkStack", "DataStack", "EcsStack", "LambdaStack", "EksStack"):
        aws.deploy(stack, app=app)
    return aws
