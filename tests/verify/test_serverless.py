"""`cais verify serverless`: functions under AWS's own emulator, ours and faulty ones."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from cais.contract import load_contract
from cais.template import Assembly, load
from cais.verify.lambda_target import VERIFIER
from cais.verify.own_images import build
from cais.verify.verifier import Request
from cais.verify.workload import ImageSource
from tests.engines.base_image import build_args
from tests.engines.folders import runtime_emulator
from tests.synthesis import synthesize_into
from tests.verify.conftest import FOREIGN, Silent

if TYPE_CHECKING:
    from cais.verify.report import TargetReport

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
CONTRACT = load_contract(ROOT / "service" / "contract.toml")
ENTRY_POINT = ["python", "-m", "awslambdaric"]


@pytest.fixture(scope="session")
def faulty_image(service_image: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    context = tmp_path_factory.mktemp("functions") / "context"
    shutil.copytree(Path(__file__).parent / "functions", context)
    (context / "foreign").write_bytes(FOREIGN)
    (context / "foreign").chmod(0o755)
    return build(ImageSource(directory=context, build_args={"BASE_IMAGE": service_image}))


@pytest.fixture
def request_of_tests(base_image: str, tmp_path: Path) -> Request:
    runtime_emulator(say=print)
    return Request(home=tmp_path, engine="docker", build_args=build_args(base_image), contract=CONTRACT)


def assembly(folder: Path, image: str, *, handler: str, payload: str = "2.0", **changes: Any) -> Assembly:
    function = {
        "Code": {"ImageUri": image},
        "PackageType": "Image",
        "Role": "arn:aws:iam::123456789012:role/function",
        "MemorySize": 256,
        "Timeout": 5,
        "ImageConfig": {"EntryPoint": ENTRY_POINT, "Command": [handler]},
        **changes,
    }
    integration = {
        "ApiId": {"Ref": "Api"},
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": {"Fn::GetAtt": ["Function", "Arn"]},
        "PayloadFormatVersion": payload,
    }
    resources = {
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "web", "ProtocolType": "HTTP"}},
        "Integration": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": integration},
    }
    path = folder / "template.json"
    path.write_text(json.dumps({"Resources": resources}))
    return load([path])[0]


def verify(made: Assembly, request: Request) -> TargetReport:
    return VERIFIER.verify(made, request=request, progress=Silent())


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    folder = tmp_path_factory.mktemp("cdk.out")
    synthesize_into(folder, image=ROOT / "service", context={"targets": "serverless"})
    return load([folder])[0]


@pytest.mark.cdk
def test_our_function_answers_cold_and_warm(ours: Assembly, request_of_tests: Request):
    given = {"DATABASE_URL": "sqlite:///{data}/comments.sqlite3"}
    report = verify(ours, replace(request_of_tests, environment=given))
    assert report.findings == ()
    assert report.verdict == "healthy"
    assert report.image.startswith("sha256:")
    assert [change.state for change in report.states] == ["healthy"] * 3
    assert report.cold
    assert report.warm
    assert report.memory
    assert report.cold.requests == 3
    assert report.warm.requests == 100
    assert report.memory.limit == 512


@pytest.mark.parametrize("payload", ["1.0", "2.0"])
def test_a_function_gets_events_of_its_own_format(
    faulty_image: str, request_of_tests: Request, tmp_path: Path, payload: str
):
    made = assembly(tmp_path, faulty_image, handler="faults.well", payload=payload)
    assert verify(made, request_of_tests).verdict == "healthy"


class Fault(NamedTuple):
    """A function that does not serve, the cause that has to be named, and words of the message."""

    name: str
    handler: str
    cause: str
    says: str
    changes: dict[str, Any] = {}  # noqa: RUF012 - a tuple's fields cannot be changed


NO_CLIENT = {"ImageConfig": {"EntryPoint": ["python", "-m", "nothing"], "Command": ["faults.well"]}}
FOREIGN_CLIENT = {"ImageConfig": {"EntryPoint": ["/app/foreign"], "Command": ["faults.well"]}}
FAULTS = [
    Fault("handler", "faults.nothing", "L8", "its handler cannot be loaded"),
    Fault("module", "nothing.handler", "L8", "its handler cannot be loaded"),
    Fault("entry-point", "faults.well", "L8", "no runtime interface client", NO_CLIENT),
    Fault("slow", "faults.slow", "L10", "within its time-out", {"Timeout": 2}),
    Fault("memory", "faults.hungry", "H25", "out of memory", {"MemorySize": 128}),
    Fault("404", "faults.elsewhere", "H1", "a request for /healthz is answered 404"),
    Fault("301", "faults.moved", "H2", "is answered 301"),
    Fault("401", "faults.private", "H2", "is answered 401"),
    Fault("database", "faults.no_database", "A2", "is answered 503"),
    Fault("crash", "faults.crash", "L14", "it failed: RuntimeError the setting GREETING is missing"),
    Fault("processor", "faults.well", "L7", "another processor", FOREIGN_CLIENT),
    Fault("read-only", "faults.writes", "", "outside of /tmp"),
    Fault("adapter", "faults.old_adapter", "L1", "events of this format"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_named(faulty_image: str, request_of_tests: Request, tmp_path: Path, fault: Fault):
    made = assembly(tmp_path, faulty_image, handler=fault.handler, **fault.changes)
    report = verify(made, request_of_tests)
    (finding,) = report.findings
    assert report.verdict == "unhealthy"
    assert (finding.cause, finding.resource) == (fault.cause, "Function")
    assert fault.says in finding.message
    assert report.time_to_healthy is None
