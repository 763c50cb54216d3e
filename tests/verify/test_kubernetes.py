"""`cais verify eks`: our release on a real Kubernetes, as it is and with faults."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from cais.template import load
from cais.verify import kube as verify_cluster
from cais.verify.kube import LABEL
from cais.verify.kubernetes import VERIFIER
from cais.verify.own_images import build
from cais.verify.owner import owner
from cais.verify.verifier import Request
from cais.verify.workload import ImageSource
from tests.engines.base_image import build_args
from tests.engines.kubernetes.settings import IMAGES
from tests.engines.waiting import eventually
from tests.verify.conftest import APP, FOREIGN, Silent
from tests.verify.releases import changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cais.template import Assembly
    from cais.verify.report import StateChange, TargetReport
    from tests.engines.kubernetes.cluster import Cluster

pytestmark = [pytest.mark.docker, pytest.mark.cdk, pytest.mark.timeout(600)]

GIVEN = {"DATABASE_URL": "sqlite:////tmp/comments.sqlite3", "DATABASE_SECRET_ARN": ""}


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
        patience=120,
    )


@pytest.fixture(scope="session")
def foreign(kubernetes: Cluster, base_image: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image whose program is for another processor."""
    context = tmp_path_factory.mktemp("foreign") / "context"
    shutil.copytree(APP, context)
    (context / "foreign").write_bytes(FOREIGN)
    (context / "foreign").chmod(0o755)
    with (context / "Dockerfile").open("a") as recipe:
        recipe.write('CMD ["/app/foreign"]\n')
    image = build(ImageSource(directory=context, build_args=build_args(base_image)))
    return kubernetes.load(image, "foreign:tests")


@pytest.fixture(scope="session")
def request_of_faults(kubernetes: Cluster, base_image: str, request_of_tests: Request) -> Request:
    app = build(ImageSource(directory=APP, build_args=build_args(base_image)))
    return replace(request_of_tests, image=kubernetes.load(app, "app:tests"))


def verify(assembly: Assembly, request: Request) -> TargetReport:
    return VERIFIER.verify(assembly, request=request, progress=Silent())


def namespaces(kubernetes: Cluster) -> set[str]:
    objects = json.loads(kubernetes.kubectl("get", "namespaces", "--output=json"))["items"]
    return {each["metadata"]["name"] for each in objects}


def test_our_release_comes_up_rolls_without_a_failed_request_and_leaves_nothing(
    kubernetes: Cluster, our_eks: Path, request_of_tests: Request, service_image: str
):
    before = namespaces(kubernetes)
    report = verify(load([our_eks])[0], request_of_tests)
    assert report.findings == ()
    assert report.verdict == "healthy"
    assert report.image == service_image
    assert report.time_to_healthy
    assert report.rollout
    assert report.rollout.requests
    assert report.rollout.failed == 0
    assert report.memory
    assert 10 < report.memory.at_rest <= report.memory.under_load < 512
    assert report.memory.limit == 512
    assert {change.state for change in report.states} == {"initial", "healthy", "draining"}
    assert namespaces(kubernetes) == before


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A change of the release's values, the cause that has to be named, and words of the message.

    `sickens` is whether a pod turns bad once a deployment was rolled over it.
    """

    cause: str
    says: str
    values: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    patience: float = 90
    image: str = "app:tests"
    sickens: bool = False


@dataclass
class Sickening(Silent):
    """Turns each pod of a rollout sick as soon as it is ready, however long that takes."""

    kubernetes: Cluster
    rolling: bool = False

    def step(self, text: str) -> None:
        self.rolling |= "rolling a deployment" in text

    def changed(self, change: StateChange) -> None:
        if self.rolling and change.state == "initial":
            name = f"--field-selector=metadata.name={change.copy}"
            found = self.kubernetes.kubectl("get", "pods", "--all-namespaces", name, "--output=json")
            namespace = json.loads(found)["items"][0]["metadata"]["namespace"]
            words = ("exec", change.copy, f"--namespace={namespace}", "--", "sh", "-c", "kill -USR1 1")
            self.kubernetes.kubectl(*words)


def at(kind: str, path: str) -> dict[str, str]:
    """Another path."""
    known = {"health": "/healthz", "ready": "/readyz"}
    return {f'"{kind}":"{known[kind]}"': f'"{kind}":"{path}"'}


ALONE = {'"migrate":true': '"migrate":false'}  # which only our image knows
IMPATIENT = {'"startup":10': '"startup":2'}  # three times that, and it is restarted
BRIEF = {'"drain":20': '"drain":1'}
WELL = at("ready", "/healthz")  # the sample application has no database
FAULTS = {
    "loopback": Fault(cause="H6", says="127.0.0.1:8000", values=IMPATIENT, variables={"FAULT": "loopback"}),
    "port": Fault(cause="H7", says="listens on port 5000", values=IMPATIENT, variables={"FAULT": "port"}),
    "path 404": Fault(
        cause="H1", says="startup probe is answered 404", values=IMPATIENT | at("health", "/nowhere")
    ),
    "path 401": Fault(cause="H2", says="is answered 401", values=IMPATIENT | at("health", "/private")),
    "boot": Fault(
        cause="H9",
        says="nothing listens yet",
        values=IMPATIENT,
        variables={"FAULT": "slow", "BOOT_SECONDS": "60"},
    ),
    "memory": Fault(
        cause="H25",
        says="ran out of memory",
        values={'"memory":"512Mi"': '"memory":"48Mi"'},
        variables={"FAULT": "memory"},
    ),
    "crash": Fault(cause="", says="ended by itself with exit code 1", variables={"FAULT": "crash"}),
    "processor": Fault(cause="P19", says="another processor", image="foreign:tests"),
    "image": Fault(cause="P17", says="cannot pull its image", image="nowhere:tests"),
    "database": Fault(cause="A2", says="readiness probe is answered 503", patience=25),
    "deaf": Fault(cause="", says="ignores SIGTERM", values=WELL | BRIEF, variables={"FAULT": "deaf"}),
    "sick": Fault(
        cause="A2",
        says="liveness probe is answered 503",
        values=WELL | BRIEF | at("health", "/sick"),
        sickens=True,
    ),
}


@pytest.fixture(scope="session")
def reports(
    kubernetes: Cluster,
    our_eks: Path,
    request_of_faults: Request,
    foreign: str,  # noqa: ARG001 - one of the faults runs it
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mapping[str, Future[TargetReport]]]:
    """A few at a time, as most of it is waiting, and as several runs have to get on in one cluster."""

    def report(fault: Fault, folder: Path) -> TargetReport:
        made = changed(our_eks, folder / "cdk.out", {**ALONE, **fault.values}, fault.variables)
        image = f"{IMAGES}/{fault.image}"
        request = replace(request_of_faults, patience=fault.patience, image=image)
        progress = Sickening(kubernetes) if fault.sickens else Silent()
        return VERIFIER.verify(made, request=request, progress=progress)

    with ThreadPoolExecutor(3) as threads:
        yield {
            name: threads.submit(report, fault, tmp_path_factory.mktemp("fault"))
            for name, fault in FAULTS.items()
        }


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(reports: Mapping[str, Future[TargetReport]], name: str):
    fault, report = FAULTS[name], reports[name].result()
    assert report.verdict == "unhealthy"
    finding = report.findings[0]
    assert fault.says in finding.message, report.findings
    assert finding.cause == fault.cause
    assert finding.fix


def test_a_pod_that_is_not_ready_gets_no_requests_and_comes_back(
    our_eks: Path, request_of_faults: Request, tmp_path: Path
):
    made = changed(our_eks, tmp_path / "cdk.out", {**ALONE, **BRIEF, **at("ready", "/moody")})
    report = verify(made, request_of_faults)
    assert any("was not ready for a while" in finding.message for finding in report.findings), report
    again = {change.copy for change in report.states if change.copy.endswith(")")}
    assert again
    for copy in again:
        first = copy.partition(" ")[0]
        lives = [change.state for change in report.states if change.copy in {first, copy}]
        assert lives[:4] == ["initial", "healthy", "draining", "initial"]


def test_what_a_killed_run_left_is_removed_and_what_a_live_one_has_is_not(kubernetes: Cluster):
    for name, whose in {"dead": f"{owner()}0", "alive": owner(), "elsewhere": "another/1/1"}.items():
        kubernetes.kubectl("create", "namespace", name)
        kubernetes.kubectl("label", "namespace", name, f"{LABEL}=")
        kubernetes.kubectl("annotate", "namespace", name, f"{LABEL}={whose}")
    ours = verify_cluster.Cluster(kubeconfig=kubernetes.kubeconfig, context=None, namespace="ours")
    assert ours.delete_stale() == 1
    assert eventually(lambda: "dead" not in namespaces(kubernetes))
    assert {"alive", "elsewhere"} <= namespaces(kubernetes)
    kubernetes.kubectl("delete", "namespace", "alive", "elsewhere")
