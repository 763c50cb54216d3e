from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from cais.verify.ecs import EcsVerifier
from cais.verify.verifier import Request
from tests.engines.base_image import build_args
from tests.verify.assemblies import Made, assembly

if TYPE_CHECKING:
    from cais.verify.report import StateChange, TargetReport

APP = Path(__file__).parent / "app"


class Verify(Protocol):
    """Runs a service of the sample application and reports on it."""

    def __call__(self, made: Made, *, context: Path = APP) -> TargetReport: ...


class Silent:
    """Progress that nobody reads."""

    def step(self, text: str) -> None:
        pass

    def changed(self, change: StateChange) -> None:
        pass


@pytest.fixture
def request_of_tests(base_image: str, tmp_path: Path) -> Request:
    return Request(home=tmp_path, engine="docker", build_args=build_args(base_image))


@pytest.fixture
def verify(haproxy: None, request_of_tests: Request, tmp_path: Path) -> Verify:  # noqa: ARG001 - it balances
    def run(made: Made, *, context: Path = APP) -> TargetReport:
        return EcsVerifier().verify(
            assembly(tmp_path, context, made), request=request_of_tests, progress=Silent()
        )

    return run
