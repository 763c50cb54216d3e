import json
from typing import Any

import pytest
import yaml

from stacks.settings import SettingsError
from tests.synthesis import CONTRACT, ROOT, Assembly, Synthesize

pytestmark = pytest.mark.cdk

STACK = "MetricsStack"
ECS = "EcsStack"
WORKSPACE = "AWS::APS::Workspace"
ENDPOINT = "AWS::EC2::VPCEndpoint"
COPY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/collector:v0.49.0"
RULES = (ROOT / "observability" / "rules.yml").read_text()


@pytest.fixture
def assembly(synthesize: Synthesize) -> Assembly:
    return synthesize(metrics="managed-prometheus", alarm_email="team@example.org")


@pytest.fixture
def collector(assembly: Assembly) -> dict[str, Any]:
    return containers(assembly)["collector"]


@pytest.fixture
def configuration(collector: dict[str, Any]) -> dict[str, Any]:
    (text,) = (one["Value"] for one in collector["Environment"] if one["Name"] == "AOT_CONFIG_CONTENT")
    return yaml.safe_load(joined(text))


def joined(value: Any) -> str:
    """A value of a template as text, with `<…>` for what is known at the deployment."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return "".join(map(joined, value["Fn::Join"][1]))
    ((_, named),) = value.items()
    return f"<{named if isinstance(named, str) else '.'.join(named)}>"


def containers(assembly: Assembly) -> dict[str, dict[str, Any]]:
    task = assembly.one(ECS, "AWS::ECS::TaskDefinition")
    return {container["Name"]: container for container in task["ContainerDefinitions"]}


def writes(assembly: Assembly) -> list[Any]:
    return [
        statement["Resource"]
        for statement in assembly.statements(ECS)
        if statement["Action"] == "aps:RemoteWrite"
    ]


def test_off_is_the_default_and_adds_nothing(synthesize: Synthesize):
    off, unset = synthesize(metrics="off", traces="off"), synthesize()
    assert STACK not in unset.stacks
    assert off.stacks == unset.stacks
    for stack in unset.stacks:
        assert off.text(stack) == unset.text(stack)
        assert "AWS::APS" not in unset.text(stack)
        assert "xray" not in unset.text(stack)
    assert set(containers(unset)) == {CONTRACT.name, "migrate"}
    assert "Cpu" not in containers(unset)[CONTRACT.name]


@pytest.mark.parametrize("store", ["postgres", "dynamodb"])
def test_on_has_no_security_finding(store: str, synthesize: Synthesize):
    assembly = synthesize(metrics="managed-prometheus", store=store, alarm_email="team@example.org")
    assert [finding for finding in assembly.findings() if finding["severity"] != "warning"] == []


def test_the_workspace_has_the_rules_that_the_tests_fire(assembly: Assembly):
    rules = assembly.one(STACK, "AWS::APS::RuleGroupsNamespace")
    (workspace,) = assembly.resources(STACK, WORKSPACE)
    assert rules["Data"] == RULES
    assert rules["Workspace"] == {"Fn::GetAtt": [workspace, "Arn"]}


def test_the_rules_watch_the_job_that_the_collector_scrapes(configuration: dict[str, Any]):
    (job,) = configuration["receivers"]["prometheus"]["config"]["scrape_configs"]
    assert f'job="{job["job_name"]}"' in RULES
    assert job["metrics_path"] == CONTRACT.metrics_path
    assert job["static_configs"] == [{"targets": [f"localhost:{CONTRACT.port}"]}]
    assert job["scrape_interval"] == "30s", "twice in the rules' shortest window, a minute"


def test_alerts_go_to_the_topic_of_the_alarms(assembly: Assembly):
    (topic,) = assembly.resources(STACK, "AWS::SNS::Topic")
    definition = yaml.safe_load(joined(assembly.one(STACK, WORKSPACE)["AlertManagerDefinition"]))
    manager = yaml.safe_load(definition["alertmanager_config"])
    (receiver,) = manager["receivers"]
    (sns,) = receiver["sns_configs"]
    assert manager["route"]["receiver"] == receiver["name"]
    assert sns["topic_arn"] == f"<{topic}>"
    assert sns["sigv4"] == {"region": "<AWS::Region>"}
    assert sns["send_resolved"] is True
    assert not assembly.all("ObservabilityStack", "AWS::SNS::Topic")
    for alarm in assembly.all("ObservabilityStack", "AWS::CloudWatch::Alarm"):
        (action,) = alarm["AlarmActions"]
        assert "Topic" in action["Fn::ImportValue"]


def test_the_workspace_alone_may_publish_and_use_the_key(assembly: Assembly):
    (workspace,) = assembly.resources(STACK, WORKSPACE)
    policy = assembly.one(STACK, "AWS::SNS::TopicPolicy")["PolicyDocument"]
    key = assembly.one(STACK, "AWS::KMS::Key")["KeyPolicy"]
    prometheus = {"Service": "aps.amazonaws.com"}
    (publish,) = [one for one in policy["Statement"] if one["Principal"] == prometheus]
    (encrypt,) = [one for one in key["Statement"] if one["Principal"] == prometheus]
    assert set(publish["Action"]) == {"sns:Publish", "sns:GetTopicAttributes"}
    assert publish["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [workspace, "Arn"]}},
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
    }
    assert set(encrypt["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}


def test_without_an_address_nobody_is_told(synthesize: Synthesize):
    assembly = synthesize(metrics="managed-prometheus")
    assert not assembly.all(STACK, "AWS::SNS::Topic")
    assert "AlertManagerDefinition" not in assembly.one(STACK, WORKSPACE)


def test_on_lambda_the_function_that_serves_writes_to_a_namespace(synthesize: Synthesize):
    spaces = {
        metrics: {
            tuple(function["ImageConfig"]["Command"]): function["Environment"]["Variables"].get(
                "METRICS_NAMESPACE"
            )
            for function in synthesize(metrics=metrics).all("LambdaStack", "AWS::Lambda::Function")
            if "ImageConfig" in function
        }
        for metrics in ("off", "managed-prometheus")
    }
    service, migration = ("service.lambda_handler.handler",), ("service.lambda_handler.migrate",)
    assert spaces["off"] == {service: None, migration: None}
    assert spaces["managed-prometheus"] == {service: CONTRACT.name, migration: None}


def test_where_nothing_writes_there_is_no_workspace(synthesize: Synthesize):
    assert STACK not in synthesize(metrics="managed-prometheus", targets="serverless").stacks


def test_the_collector_may_fail_alone_and_do_little(collector: dict[str, Any], assembly: Assembly):
    service = containers(assembly)[CONTRACT.name]
    assert collector["Essential"] is False
    assert collector["ReadonlyRootFilesystem"] is True
    assert collector["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert collector["Memory"] <= CONTRACT.memory_mib / 2
    assert collector["Cpu"] + service["Cpu"] == CONTRACT.cpu
    assert "PortMappings" not in collector
    assert "Secrets" not in collector
    assert not [one for one in service.get("DependsOn", ()) if one["ContainerName"] == "collector"]


def test_the_collector_is_one_version(collector: dict[str, Any]):
    name, _, tag = collector["Image"].partition(":")
    assert name == "public.ecr.aws/aws-observability/aws-otel-collector"
    assert tag.startswith("v")


def test_the_series_of_tasks_differ_by_their_id(configuration: dict[str, Any]):
    processors = configuration["processors"]
    order = configuration["service"]["pipelines"]["metrics"]["processors"]
    assert processors["resourcedetection"] == {"detectors": ["ecs"]}
    (instance,) = processors["resource"]["attributes"]
    assert (instance["key"], instance["from_attribute"]) == ("service.instance.id", "aws.ecs.task.id")
    assert order.index("memory_limiter") < order.index("resourcedetection") < order.index("resource")


def test_every_part_of_the_configuration_is_used_and_there(configuration: dict[str, Any]):
    service = configuration["service"]
    for kind in ("receivers", "processors", "exporters"):
        used = {name for pipeline in service["pipelines"].values() for name in pipeline[kind]}
        assert used == set(configuration[kind])
    assert set(service["extensions"]) == set(configuration["extensions"])


def test_the_collector_writes_to_this_workspace_and_no_other(
    configuration: dict[str, Any], assembly: Assembly
):
    writer = configuration["exporters"]["prometheusremotewrite"]
    assert writer["endpoint"].startswith("<MetricsStack:")
    assert writer["endpoint"].endswith(">api/v1/remote_write")
    assert writer["auth"] == {"authenticator": "sigv4auth"}
    assert configuration["extensions"]["sigv4auth"] == {"region": "<AWS::Region>", "service": "aps"}
    (resource,) = writes(assembly)
    assert "WorkspaceArn" in resource["Fn::ImportValue"]


@pytest.mark.parametrize("image", [{}, {"collector_image": "registry.example/collector:v0.49.0"}])
def test_a_collector_that_no_endpoint_reaches_is_refused(image: dict[str, str], synthesize: Synthesize):
    with pytest.raises(SettingsError, match="-c collector_image="):
        synthesize(metrics="managed-prometheus", egress="endpoints", targets="ecs", **image)


def test_a_copy_of_the_collector_in_ecr_is_reached_and_so_is_the_workspace(synthesize: Synthesize):
    assembly = synthesize(
        metrics="managed-prometheus", egress="endpoints", targets="ecs", collector_image=COPY
    )
    assert containers(assembly)["collector"]["Image"] == COPY
    (endpoint,) = assembly.all(ECS, ENDPOINT)
    assert joined(endpoint["ServiceName"]).endswith(".aps-workspaces")
    assert endpoint["PrivateDnsEnabled"] is True
    (pull,) = [one for one in assembly.statements(ECS) if "team/collector" in json.dumps(one["Resource"])]
    assert "ecr:BatchGetImage" in pull["Action"]
    assert [finding for finding in assembly.findings() if finding["severity"] != "warning"] == []


def test_where_nat_reaches_the_workspace_no_endpoint_is_paid_for(assembly: Assembly):
    assert not assembly.all(ECS, ENDPOINT)
