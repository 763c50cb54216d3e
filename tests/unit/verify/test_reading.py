import json
from pathlib import Path
from typing import Any

import pytest

from cais.template import load
from cais.verify.ecs_service import EcsService, Rules
from cais.verify.errors import UnreadableError
from cais.verify.reading import read_service
from cais.verify.workload import ContainerCheck, Limit, TargetCheck

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


def read(folder: Path, made: dict[str, Any], **given: str) -> EcsService:
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
    assert workload.health == ContainerCheck(command=("/bin/sh", "-c", "curl localhost || exit 1"))
    assert (workload.cpu, workload.memory_mib, workload.stop_timeout) == (256, 512, 40)
    assert workload.read_only_root
    assert workload.writable_paths == ("/scratch",)
    assert workload.check == TargetCheck(path="/up", codes="200-204")


def test_what_linux_shall_do_is_read(tmp_path: Path):
    linux = {
        "Capabilities": {"Drop": ["ALL"], "Add": ["NET_BIND_SERVICE"]},
        "InitProcessEnabled": True,
        "Tmpfs": [{"ContainerPath": "/tmp", "Size": 64, "MountOptions": ["noexec"]}],
    }
    limits = [{"Name": "nofile", "SoftLimit": 1024, "HardLimit": 2048}]
    health = {"Command": ["CMD", "true"], "Interval": 7, "Timeout": 3, "Retries": 2, "StartPeriod": 9}
    given = {
        "LinuxParameters": linux,
        "Ulimits": limits,
        "HealthCheck": health,
        "User": "10001",
        "Memory": 64,
    }
    workload = read(tmp_path, resources(**given)).workload
    assert workload.capabilities_dropped == ("ALL",)
    assert workload.capabilities_added == ("NET_BIND_SERVICE",)
    assert workload.init_process
    assert workload.tmpfs == {"/tmp": "size=64m,noexec"}
    assert workload.limits == (Limit("nofile", 1024, 2048),)
    assert workload.health == ContainerCheck(
        command=("true",), interval=7, timeout=3, retries=2, start_period=9
    )
    assert (workload.user, workload.memory_mib) == ("10001", 64)


def test_containers_that_have_to_end_before_are_read_in_their_order(tmp_path: Path):
    made = resources(DependsOn=[{"ContainerName": "migrate", "Condition": "SUCCESS"}])
    waiting = {"DependsOn": [{"ContainerName": "unlock", "Condition": "COMPLETE"}]}
    made["Task"]["Properties"]["ContainerDefinitions"] += [
        {"Name": "migrate", "Image": "x", "Secrets": [{"Name": "PASSWORD", "ValueFrom": "y"}], **waiting},
        {"Name": "unlock", "Image": "x"},
    ]
    service = read(tmp_path, made, PASSWORD="z", EXTRA="e")
    assert [each.name for each in service.workload.before] == ["unlock", "migrate"]
    assert [each.environment for each in service.workload.before] == [{}, {"PASSWORD": "z"}]
    assert service.workload.environment["EXTRA"] == "e"
    assert service.left_out == ("the container sidecar beside it",)


def test_the_target_group_is_read_with_its_defaults(tmp_path: Path):
    made = resources()
    made["Targets"]["Properties"] = {}
    service = read(tmp_path, made)
    assert service.workload.check == TargetCheck(
        path="/", codes="200", interval=30, timeout=5, healthy_threshold=5, unhealthy_threshold=2
    )
    assert service.rules == Rules(deregistration_delay=300)
    made["Targets"]["Properties"] = {
        "Protocol": "HTTPS",
        "HealthCheckPort": "9000",
        "HealthCheckIntervalSeconds": 5,
        "TargetGroupAttributes": [
            {"Key": "deregistration_delay.timeout_seconds", "Value": "20"},
            {"Key": "slow_start.duration_seconds", "Value": "30"},
            {"Key": "load_balancing.algorithm.type", "Value": "least_outstanding_requests"},
        ],
    }
    service = read(tmp_path, made)
    check = service.workload.check
    assert (check.protocol, check.port, check.interval) == ("HTTPS", 9000, 5)
    assert service.rules == Rules(deregistration_delay=20, slow_start=30, least_outstanding=True, tls=True)


def test_a_network_load_balancer_is_content_with_a_connection(tmp_path: Path):
    made = resources()
    made["Targets"]["Properties"] = {"Protocol": "TCP"}
    check = read(tmp_path, made).workload.check
    assert (check.protocol, check.timeout) == ("TCP", 10)


@pytest.mark.parametrize(
    ("changes", "copies", "least", "most"),
    [
        ({}, 1, 1, 2),
        ({"DesiredCount": 3}, 3, 3, 6),
        (
            {
                "DesiredCount": 3,
                "DeploymentConfiguration": {"MinimumHealthyPercent": 50, "MaximumPercent": 150},
            },
            3,
            2,
            4,
        ),
    ],
)
def test_a_deployment_has_bounds(tmp_path: Path, changes: dict[str, Any], copies: int, least: int, most: int):
    made = resources()
    made["Service"]["Properties"] |= changes
    service = read(tmp_path, made)
    assert (service.copies, service.least, service.most) == (copies, least, most)


def test_scaling_decides_how_many_copies_there_are(tmp_path: Path):
    made = resources()
    target = {"MinCapacity": 4, "ResourceId": {"Fn::Sub": "service/c/${Service.Name}"}}
    made["Scaling"] = {"Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": target}
    assert read(tmp_path, made).copies == 4


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
    with pytest.raises(UnreadableError, match=problem):
        read(tmp_path, made)
