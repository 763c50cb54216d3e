import json
from pathlib import Path
from typing import Any

import pytest

from cais.template import load
from cais.verify.reading import Reading, read_service
from cais.verify.workload import TargetCheck, VerifyError

CONTAINER: dict[str, Any] = {
    "Name": "web",
    "Image": "registry.example.com/web:1",
    "Command": ["serve"],
    "Environment": [
        {"Name": "COLOUR", "Value": "blue"},
        {"Name": "TABLE", "Value": {"Ref": "Table"}},
        {"Name": "DATABASE_URL", "Value": {"Fn::GetAtt": ["Table", "Arn"]}},
    ],
    "Secrets": [{"Name": "PASSWORD", "ValueFrom": "arn:aws:secretsmanager:eu-west-1:1:secret:x"}],
    "HealthCheck": {"Command": ["CMD-SHELL", "curl localhost || exit 1"]},
    "ReadonlyRootFilesystem": True,
    "MountPoints": [{"ContainerPath": "/scratch", "SourceVolume": "scratch"}],
    "StopTimeout": 40,
}


def service(task: str = "Task") -> dict[str, Any]:
    binding = {"ContainerName": "web", "ContainerPort": 8080, "TargetGroupArn": {"Ref": "Targets"}}
    return {
        "Type": "AWS::ECS::Service",
        "Properties": {"TaskDefinition": {"Ref": task}, "LoadBalancers": [binding]},
    }


def resources(**changes: Any) -> dict[str, Any]:
    containers = [{"Name": "sidecar", "Image": "x"}, {**CONTAINER, **changes}]
    return {
        "Service": service(),
        "Task": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {"Cpu": "256", "Memory": "512", "ContainerDefinitions": containers},
        },
        "Targets": {
            "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
            "Properties": {"HealthCheckPath": "/up", "Matcher": {"HttpCode": "200-204"}},
        },
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
    }


def read(folder: Path, made: dict[str, Any], **given: str) -> Reading:
    path = folder / "App.template.json"
    path.write_text(json.dumps({"Resources": made}))
    return read_service(load([path])[0], given=given)


def test_the_container_of_the_load_balancer_is_read_as_its_task_says(tmp_path: Path):
    workload = read(tmp_path, resources(), DATABASE_URL="sqlite:///{data}/x").workload
    assert workload.name == "web"
    assert workload.image == "registry.example.com/web:1"
    assert workload.port == 8080
    assert workload.command == ("serve",)
    assert workload.environment == {"COLOUR": "blue", "DATABASE_URL": "sqlite:///{data}/x"}
    assert workload.health_command == ("/bin/sh", "-c", "curl localhost || exit 1")
    assert (workload.cpu, workload.memory_mib, workload.stop_timeout) == (256, 512, 40)
    assert workload.read_only_root
    assert workload.writable_paths == ("/scratch",)
    assert workload.check == TargetCheck(path="/up", codes="200-204")


def test_what_only_a_deployment_knows_is_named(tmp_path: Path):
    assert read(tmp_path, resources()).unknown == ("DATABASE_URL", "PASSWORD", "TABLE")
    assert read(tmp_path, resources(), PASSWORD="x", TABLE="y").unknown == ("DATABASE_URL",)


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        ({"Queue": {"Type": "AWS::SQS::Queue"}}, "no ECS service with a load balancer"),
        ({**resources(), "Other": service()}, "more than one ECS service .*Service in App.*Other in App"),
        (resources(Name="api"), "no container 'web'"),
        (resources(Image={"Fn::Sub": "${Table}.example.com/web:1"}), "known only after the deployment"),
    ],
)
def test_what_cannot_be_run_is_said(tmp_path: Path, made: dict[str, Any], problem: str):
    with pytest.raises(VerifyError, match=problem):
        read(tmp_path, made)
