import json
from typing import Any

import pytest
import yaml

from tests.synthesis import CONTRACT, Assembly, Synthesize
from tests.unit.stacks.test_metrics import COPY, containers, joined

pytestmark = pytest.mark.cdk

ECS, LAMBDA = "EcsStack", "LambdaStack"
XRAY = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}


@pytest.fixture
def assembly(synthesize: Synthesize) -> Assembly:
    return synthesize(traces="x-ray")


@pytest.fixture
def both(synthesize: Synthesize) -> Assembly:
    return synthesize(traces="x-ray", metrics="managed-prometheus")


def variables(assembly: Assembly, container: str) -> dict[str, str]:
    return {one["Name"]: joined(one["Value"]) for one in containers(assembly)[container]["Environment"]}


def configuration(assembly: Assembly) -> dict[str, Any]:
    return yaml.safe_load(variables(assembly, "collector")["AOT_CONFIG_CONTENT"])


def traced(assembly: Assembly, stack: str) -> set[str]:
    actions = [statement["Action"] for statement in assembly.statements(stack)]
    return {action for each in actions if isinstance(each, list) for action in each} & XRAY


def test_there_is_no_security_finding(both: Assembly):
    assert [finding for finding in both.findings() if finding["severity"] != "warning"] == []


def test_the_service_sends_a_share_of_its_requests_to_the_collector_beside_it(assembly: Assembly):
    service, receiver = variables(assembly, CONTRACT.name), configuration(assembly)["receivers"]["otlp"]
    address = receiver["protocols"]["http"]["endpoint"]
    assert service["OTEL_EXPORTER_OTLP_ENDPOINT"] == f"http://{address}"
    assert address.startswith("localhost:"), "nobody else's spans"
    # One that asks the parent would do what a client's header says.
    assert service["OTEL_TRACES_SAMPLER"] == "traceidratio"
    assert 0 < float(service["OTEL_TRACES_SAMPLER_ARG"]) <= 0.1
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in CONTRACT.environment


def test_the_migration_is_not_traced(assembly: Assembly):
    assert not [name for name in variables(assembly, "migrate") if name.startswith("OTEL")]


def test_traces_alone_bring_no_workspace(assembly: Assembly):
    found = configuration(assembly)
    assert set(found["service"]["pipelines"]) == {"traces"}
    assert found["exporters"] == {"awsxray": {"region": "<AWS::Region>"}}
    assert "MetricsStack" not in assembly.stacks


def test_both_share_one_collector_and_every_part_of_it_is_there(both: Assembly):
    found = configuration(both)
    pipelines = found["service"]["pipelines"]
    assert set(pipelines) == {"metrics", "traces"}
    for kind in ("receivers", "processors", "exporters"):
        assert {name for pipeline in pipelines.values() for name in pipeline[kind]} == set(found[kind])
    for pipeline in pipelines.values():
        assert pipeline["processors"][0] == "memory_limiter"


@pytest.mark.parametrize("stack", [ECS, LAMBDA])
def test_the_role_may_send_them(stack: str, assembly: Assembly, synthesize: Synthesize):
    assert traced(assembly, stack) == XRAY
    assert traced(synthesize(), stack) == set()


def test_the_image_is_built_with_what_sends_them(assembly: Assembly, synthesize: Synthesize):
    def arguments(assembly: Assembly) -> list[object]:
        images = json.loads((assembly.folder / f"{ECS}.assets.json").read_text())["dockerImages"]
        return [image["source"].get("dockerBuildArgs") for image in images.values()]

    assert arguments(assembly) == [{"TRACES": "on"}]
    assert arguments(synthesize()) == [None]


def test_lambda_traces_the_function_that_serves(assembly: Assembly):
    modes = {
        tuple(function["ImageConfig"]["Command"]): function.get("TracingConfig")
        for function in assembly.all(LAMBDA, "AWS::Lambda::Function")
        if "ImageConfig" in function
    }
    assert modes == {
        ("service.lambda_handler.handler",): {"Mode": "Active"},
        ("service.lambda_handler.migrate",): None,
    }


def test_that_eks_sends_none_is_said(assembly: Assembly):
    manifest = json.loads((assembly.folder / "manifest.json").read_text())
    said = json.dumps(manifest["artifacts"]["EksStack"]) + _metadata(assembly)
    assert "cais:eks-sends-no-traces" in said


def test_endpoints_reach_xray(synthesize: Synthesize):
    assembly = synthesize(traces="x-ray", egress="endpoints", targets="ecs", collector_image=COPY)
    (endpoint,) = assembly.all(ECS, "AWS::EC2::VPCEndpoint")
    assert joined(endpoint["ServiceName"]).endswith(".xray")


def _metadata(assembly: Assembly) -> str:
    path = assembly.folder / "EksStack.metadata.json"
    return path.read_text() if path.is_file() else ""
