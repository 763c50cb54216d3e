"""An assembly with one ECS service, whose image is built from a folder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cais.template import load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cais.template import Assembly

HASH = "f" * 64
REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/assets"
QUICK = {
    "HealthCheckPath": "/healthz",
    "HealthCheckIntervalSeconds": 1,
    "HealthCheckTimeoutSeconds": 1,
    "HealthyThresholdCount": 2,
    "UnhealthyThresholdCount": 2,
    "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "1"}],
}


@dataclass(frozen=True, kw_only=True)
class Made:
    """Properties in which a service differs from one that is well."""

    container: Mapping[str, Any] = field(default_factory=dict)
    task: Mapping[str, Any] = field(default_factory=dict)
    targets: Mapping[str, Any] = field(default_factory=dict)
    service: Mapping[str, Any] = field(default_factory=dict)
    others: tuple[Mapping[str, Any], ...] = ()
    port: int = 8000


def assembly(folder: Path, context: Path, made: Made) -> Assembly:
    """The assembly in `folder`, its image built from `context`."""
    write(folder, context, made)
    return load([folder])[0]


def write(folder: Path, context: Path, made: Made) -> None:
    """Writes a cdk.out."""
    image = f"{REPOSITORY}:{HASH}"
    container = {"Name": "web", "Image": image, **made.container}
    containers = [container, *({"Image": image, **other} for other in made.others)]
    binding = {"ContainerName": "web", "ContainerPort": made.port, "TargetGroupArn": {"Ref": "Targets"}}
    service = {
        "TaskDefinition": {"Ref": "Task"},
        "LoadBalancers": [binding],
        "DesiredCount": 2,
        **made.service,
    }
    task = {"Cpu": "256", "Memory": "256", "ContainerDefinitions": containers, **made.task}
    targets = {**QUICK, **made.targets}
    resources = {
        "Targets": {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": targets},
        "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": task},
        "Service": {"Type": "AWS::ECS::Service", "Properties": service},
    }
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "App.template.json"}}
    assets = {"type": "cdk:asset-manifest", "properties": {"file": "App.assets.json"}}
    destination = {"repositoryName": "assets", "imageTag": HASH}
    images = {HASH: {"source": {"directory": str(context)}, "destinations": {"here": destination}}}
    _dump(folder / "App.template.json", {"Resources": resources})
    _dump(folder / "App.assets.json", {"dockerImages": images})
    _dump(folder / "manifest.json", {"artifacts": {"App": stack, "App.assets": assets}})


def _dump(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")
