"""Reads from an assembly what an engine must run: the load-balanced service and the task behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cais.template.text import describe, is_leaf
from cais.template.values import Attribute
from cais.verify.ecs_service import EcsService
from cais.verify.errors import UnreadableError
from cais.verify.reading_container import read_container, wanted_variables
from cais.verify.reading_target_group import number, read_check, read_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.template.document import Assembly, Resource
    from cais.verify.workload import Workload

Properties = dict[str, Any]
ENDED = ("SUCCESS", "COMPLETE")
"""Conditions of DependsOn under which the other container has ended before this one starts."""


def read_service(assembly: Assembly, *, given: Mapping[str, str], copies: int | None = None) -> EcsService:
    """The assembly's one load-balanced ECS service.

    `given` are variables that replace the task definition's own; `copies` is for a service that leaves its
    number open, as one that is scaled does.

    Raises:
        UnreadableError: there is no such service, or more than one, or its parts are not in the assembly.
    """
    service = _the_service(assembly)
    properties: Properties = dict(service.properties)
    binding = properties["LoadBalancers"][0]
    task_resource = _resource(assembly, properties.get("TaskDefinition"), "task definition")
    task: Properties = dict(task_resource.properties)
    group: Properties = dict(_resource(assembly, binding.get("TargetGroupArn"), "target group").properties)
    container = _container(task, binding["ContainerName"])
    deployment = properties.get("DeploymentConfiguration", {})
    workload = read_container(
        assembly,
        container,
        task=task,
        port=int(binding["ContainerPort"]),
        check=read_check(group),
        given=given,
        before=_before(assembly, container, task=task, given=given),
    )
    return EcsService(
        resource=service.logical_id,
        task=task_resource.logical_id,
        workload=workload,
        rules=read_rules(group),
        copies=int(number(properties.get("DesiredCount"), _scaled(assembly, service) or copies or 1)),
        grace_period=number(properties.get("HealthCheckGracePeriodSeconds"), 0),
        minimum_healthy_percent=int(number(deployment.get("MinimumHealthyPercent"), 100)),
        maximum_percent=int(number(deployment.get("MaximumPercent"), 200)),
        unknown=tuple(sorted(wanted_variables(container) - set(workload.environment))),
        left_out=_left_out(task, workload),
    )


def _the_service(assembly: Assembly) -> Resource:
    services = [
        resource
        for resource in assembly.resources("AWS::ECS::Service")
        if resource.properties.get("LoadBalancers")
    ]
    if not services:
        raise UnreadableError("no ECS service with a load balancer is in these templates; nothing to run")
    if len(services) > 1:
        names = ", ".join(f"{service.logical_id} in {service.template}" for service in services)
        raise UnreadableError(f"more than one ECS service is in these templates: {names}; name one template")
    return services[0]


def _resource(assembly: Assembly, reference: Any, what: str) -> Resource:
    for template in assembly.templates:
        if isinstance(reference, Attribute) and reference.template == template.name:
            return template.resources[reference.logical_id]
    raise UnreadableError(f"the service's {what} is not in these templates: {describe(reference)}")


def _container(task: Properties, name: str) -> Properties:
    for container in task["ContainerDefinitions"]:
        if container["Name"] == name:
            return container
    raise UnreadableError(
        f"the task definition has no container {name!r}, which the load balancer is told to use"
    )


def _before(
    assembly: Assembly, container: Properties, *, task: Properties, given: Mapping[str, str]
) -> tuple[Workload, ...]:
    """The containers that have to have ended before this one starts, those that they wait for first."""
    names = [
        each["ContainerName"] for each in container.get("DependsOn", ()) if each.get("Condition") in ENDED
    ]
    found: list[Workload] = []
    for name in names:
        other = _container(task, name)
        found += _before(assembly, other, task=task, given=given)
        found.append(read_container(assembly, other, task=task, port=0, check=None, given=given))
    return tuple(found)


def _scaled(assembly: Assembly, service: Resource) -> int | None:
    """The least copies of a service that is scaled; scaling raises it to these at once."""
    for target in assembly.resources("AWS::ApplicationAutoScaling::ScalableTarget"):
        least: Any = target.properties.get("MinCapacity")
        if target.template == service.template and service.logical_id in target.depends_on:
            return None if least is None or is_leaf(least) else int(least)
    return None


def _left_out(task: Properties, workload: Workload) -> tuple[str, ...]:
    run = {workload.name, *(each.name for each in workload.before)}
    others = [each["Name"] for each in task["ContainerDefinitions"] if each["Name"] not in run]
    return tuple(f"the container {name} beside it" for name in others)
