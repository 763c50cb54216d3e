"""`cais verify eks`: our release on a real Kubernetes, as it is and with faults."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from cais.template import load
from cais.verify.docker import build
from cais.verify.kubernetes import VERIFIER
from cais.verify.verifier import Request
from cais.verify.workload import ImageSource
from tests.engines.kubernetes.binaries import BuildError
from tests.engines.kubernetes.cluster import Cluster, cluster
from tests.engines.missing import missing
from tests.synthesis import synthesize_into
from tests.verify.conftest import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.verify.report import TargetReport

pytestmark = [pytest.mark.docker, pytest.mark.cdk]

ROOT = Path(__file__).parents[2]
GIVEN = {"DATABASE_URL": "sqlite:////tmp/comments.sqlite3", "DATABASE_SECRET_ARN": ""}


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
def request_of_tests(
    kubernetes: Cluster, service_image: str, haproxy: None, tmp_path_factory: pytest.TempPathFactory
) -> Request:
    del haproxy
    return Request(
        home=tmp_path_factory.mktemp("home"),
        environment=GIVEN,
        kubeconfig=kubernetes.kubeconfig,
        image=kubernetes.load(service_image, "comments:tests"),
        patience=25,
    )


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cdk.out")
    synthesize_into(folder, image=ROOT / "service", context={"targets": "eks"})
    return folder


def verify(folder: Path, request: Request) -> TargetReport:
    return VERIFIER.verify(load([folder])[0], request=request, progress=Silent())


def namespaces(kubernetes: Cluster) -> set[str]:
    objects = json.loads(kubernetes.kubectl("get", "namespaces", "--output=json"))["items"]
    return {each["metadata"]["name"] for each in objects}


def test_our_release_comes_up_rolls_without_a_failed_request_and_leaves_nothing(
    kubernetes: Cluster, ours: Path, request_of_tests: Request
):
    before = namespaces(kubernetes)
    report = verify(ours, replace(request_of_tests, patience=120))
    assert report.findings == ()
    assert report.verdict == "healthy"
    assert report.time_to_healthy
    assert report.rollout
    assert report.rollout.requests
    assert report.rollout.failed == 0
    assert {change.state for change in report.states} == {"initial", "healthy", "draining"}
    assert namespaces(kubernetes) == before


class Fault(NamedTuple):
    """A change of the release's values, the cause that has to be named, and words of the message."""

    name: str
    old: str
    new: str
    cause: str
    says: str


FAULTS = [
    Fault(
        "ready-path",
        r"\"ready\":\"/readyz\"",
        r"\"ready\":\"/nowhere\"",
        "H1",
        "readiness probe is answered 404",
    ),
    Fault("memory", r"\"memory\":\"512Mi\"", r"\"memory\":\"24Mi\"", "H25", "ran out of memory"),
    Fault("port", r"\"port\":8000", r"\"port\":9000", "H7", "nothing listens where its startup probe asks"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_named(ours: Path, request_of_tests: Request, tmp_path: Path, fault: Fault):
    folder = tmp_path / "cdk.out"
    shutil.copytree(ours, folder)
    template = folder / "EksStack.template.json"
    text = template.read_text()
    assert fault.old in text
    template.write_text(text.replace(fault.old, fault.new))
    report = verify(folder, request_of_tests)
    (finding,) = report.findings
    assert report.verdict == "unhealthy"
    assert fault.says in finding.message
    assert finding.cause == fault.cause


def test_an_image_that_is_nowhere_is_named(ours: Path, request_of_tests: Request):
    report = verify(ours, replace(request_of_tests, image="localhost/nowhere:1"))
    assert [finding.cause for finding in report.findings] == ["P17"]
