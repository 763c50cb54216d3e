"""Reads from an assembly what an engine must run: the container behind the load balancer of a service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cais.template.text import describe, is_leaf
from cais.template.values import Attribute, Text
from cais.verify.workload import ImageSource, TargetCheck, VerifyError, Workload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.template.document import Assembly

Properties = dict[str, Any]
SHELL = ("/bin/sh", "-c")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A workload, and the names of the variables that only a deployment can give it."""

    workload: Workload
    unknown: tuple[str, ...]


def read_service(assembly: Assembly, *, given: Mapping[str, str]) -> Reading:
    """The container that the assembly's one load-balanced ECS service runs.

    `given` are variables that replace the task definition's own.

    Raises:
        VerifyError: there is no such service, or more than one, or its parts are not in the assembly.
    """
    service = _the_service(assembly)
    binding = service["LoadBalancers"][0]
    task = _properties(assembly, service.get("TaskDefinition"), "task definition")
    group = _properties(assembly, binding.get("TargetGroupArn"), "target group")
    container = _container(task, binding["ContainerName"])
    environment = _environment(container)
    known = {name: value for name, value in environment.items() if isinstance(value, str)}
    wanted = {*environment, *(secret["Name"] for secret in container.get("Secrets", []))}
    workload = Workload(
        name=container["Name"],
        image=_image(assembly, container["Image"]),
        port=int(binding["ContainerPort"]),
        check=_check(group),
        command=tuple(container.get("Command", ())),
        entry_point=tuple(container.get("EntryPoint", ())),
        environment={**known, **given},
        health_command=_health_command(container),
        cpu=int(task["Cpu"]) if "Cpu" in task else None,
        memory_mib=int(task["Memory"]) if "Memory" in task else None,
        user=container.get("User"),
        read_only_root=container.get("ReadonlyRootFilesystem", False) is True,
        writable_paths=tuple(mount["ContainerPath"] for mount in container.get("MountPoints", ())),
        stop_timeout=float(container.get("StopTimeout", 30)),
    )
    return Reading(workload=workload, unknown=tuple(sorted(wanted - set(workload.environment))))


def _the_service(assembly: Assembly) -> Properties:
    services = [
        resource
        for resource in assembly.resources("AWS::ECS::Service")
        if resource.properties.get("LoadBalancers")
    ]
    if not services:
        raise VerifyError("no ECS service with a load balancer is in these templates; nothing to run")
    if len(services) > 1:
        names = ", ".join(f"{service.logical_id} in {service.template}" for service in services)
        raise VerifyError(f"more than one ECS service is in these templates: {names}; name one template")
    return dict(services[0].properties)


def _properties(assembly: Assembly, reference: Any, what: str) -> Properties:
    for template in assembly.templates:
        if isinstance(reference, Attribute) and reference.template == template.name:
            return dict(template.resources[reference.logical_id].properties)
    raise VerifyError(f"the service's {what} is not in these templates: {describe(reference)}")


def _container(task: Properties, name: str) -> Properties:
    for container in task["ContainerDefinitions"]:
        if container["Name"] == name:
            return container
    raise VerifyError(
        f"the task definition has no container {name!r}, which the load balancer is told to use"
    )


def _environment(container: Properties) -> Properties:
    return {pair["Name"]: pair.get("Value") for pair in container.get("Environment", [])}


def _check(group: Properties) -> TargetCheck:
    """The target group's health check, with AWS's defaults where it says nothing."""
    given = {
        "codes": group.get("Matcher", {}).get("HttpCode"),
        "interval": group.get("HealthCheckIntervalSeconds"),
        "timeout": group.get("HealthCheckTimeoutSeconds"),
        "healthy_threshold": group.get("HealthyThresholdCount"),
    }
    known = {name: value for name, value in given.items() if value is not None and not is_leaf(value)}
    return TargetCheck(path=group.get("HealthCheckPath", "/"), **known)


def _health_command(container: Properties) -> tuple[str, ...]:
    kind, *words = container.get("HealthCheck", {}).get("Command", ["NONE"])
    return {"CMD": tuple(words), "CMD-SHELL": (*SHELL, *words)}.get(kind, ())


def _image(assembly: Assembly, image: Any) -> ImageSource | str:
    """A source that is built here where the assembly builds it, else the reference."""
    tag = next(reversed(list(_strings(image))), "").rpartition(":")[2]
    asset = assembly.image_assets.get(tag)
    if asset is None or asset.directory is None:
        if isinstance(image, str):
            return image
        raise VerifyError(f"the image is known only after the deployment: {describe(image)}")
    return ImageSource(
        directory=_folder(assembly) / asset.directory,
        dockerfile=asset.dockerfile,
        build_args=asset.build_arguments,
        platform=asset.platform,
    )


def _folder(assembly: Assembly) -> Path:
    """The cdk.out that the assembly was read from; an asset's directory is relative to it."""
    return next((template.path.parent for template in assembly.templates if template.path), Path())


def _strings(image: Any) -> Iterator[str]:
    for part in image.parts if isinstance(image, Text) else (image,):
        if isinstance(part, str):
            yield part
