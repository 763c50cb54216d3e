from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from cais.verify.ecs import EcsVerifier
from cais.verify.own_images import build
from cais.verify.verifier import Request
from cais.verify.workload import ImageSource
from tests.engines.base_image import build_args
from tests.engines.kubernetes.binaries import BuildError
from tests.engines.kubernetes.cluster import Cluster, cluster
from tests.engines.missing import missing
from tests.synthesis import synthesize_into
from tests.verify.assemblies import Made, assembly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.verify.report import StateChange, TargetReport

APP = Path(__file__).parent / "app"
ROOT = Path(__file__).parents[2]
FOREIGN = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00\x01" + bytes(43)
"""The head of a program for ARM (and, on ARM, of none): its machine is 183."""


class Verify(Protocol):
    """Runs a service of the sample application and reports on it."""

    def __call__(self, made: Made, *, context: Path = APP) -> TargetReport: ...


class Silent:
    """Progress that nobody reads."""

    def step(self, text: str) -> None:
        pass

    def changed(self, change: StateChange) -> None:
        pass


@pytest.fixture(scope="session")
def kubernetes(base_image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("pause")
    (folder / "Dockerfile").write_text(f'FROM {base_image}\nENTRYPOINT ["sleep", "infinity"]\n')
    try:
        with cluster(pause=build(ImageSource(directory=folder)), say=print) as made:
            yield made
    except BuildError as error:
        missing("Kubernetes", str(error))


@pytest.fixture(scope="session")
def our_eks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cdk.out with our EksStack."""
    folder = tmp_path_factory.mktemp("cdk.out")
    synthesize_into(folder, image=ROOT / "service", context={"targets": "eks"})
    return folder


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
