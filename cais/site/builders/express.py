"""Services of ECS Express Mode, as the service and the task definition that ECS makes of them.

The load balancer in front is AWS's own; nothing of it is in a template.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-work.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.builders import values as v
from cais.site.builders.containers import read_container
from cais.site.model.ecs import CircuitBreaker, Service, TaskDefinition
from cais.template.values import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.template import ImageAsset, Resource, Value

EXPRESS = "AWS::ECS::ExpressGatewayService"
CONTAINER = "Main"


def express_task(resource: Resource, assets: Mapping[str, ImageAsset]) -> TaskDefinition:
    """The task definition that ECS makes of an Express Mode service."""
    given = resource.properties
    container = _container(v.mapping(given.get("PrimaryContainer")))
    return TaskDefinition(
        key=v.own_key(resource),
        subject=v.subject(resource),
        family=None,
        network_mode="awsvpc",
        compatibilities=("FARGATE",),
        cpu=v.number(given.get("Cpu"), 256),
        memory=v.number(given.get("Memory"), 512),
        execution_role=v.optional_key(given.get("ExecutionRoleArn")),
        task_role=v.optional_key(given.get("TaskRoleArn")),
        containers=(read_container(container, assets),),
    )


def express_service(resource: Resource) -> Service:
    """The service that ECS makes: on Fargate, with canary deployments that go back by themselves."""
    given = resource.properties
    network = v.mapping(given.get("NetworkConfiguration"))
    return Service(
        key=v.own_key(resource),
        subject=v.subject(resource),
        name=v.optional_text(given.get("ServiceName")),
        cluster=v.key(given.get("Cluster", "default")),
        task_definition=v.key(given.get("TaskDefinitionArn", v.own_key(resource))),
        launch_type="FARGATE",
        desired=v.number(v.mapping(given.get("ScalingTarget")).get("MinTaskCount"), 1),
        subnets=v.keys(network.get("Subnets")),
        security_groups=v.keys(network.get("SecurityGroups")),
        assign_public_ip=Unknown("whether Express Mode gives the tasks public addresses"),
        breaker=CircuitBreaker(enabled=True, rollback=True),
        controller="EXPRESS",
    )


def _container(given: Mapping[str, Value]) -> dict[str, Value]:
    """The primary container as a task definition has it."""
    logs = v.mapping(given.get("AwsLogsConfiguration"))
    options: dict[str, Value] = {
        "awslogs-group": logs.get("LogGroup"),
        "awslogs-stream-prefix": logs.get("LogStreamPrefix"),
    }
    shared = {name: given.get(name) for name in ("Command", "Environment", "Image", "RepositoryCredentials")}
    return {
        **shared,
        "Name": CONTAINER,
        "Secrets": given.get("Secrets"),
        "PortMappings": [{"ContainerPort": given.get("ContainerPort", 80)}],
        "LogConfiguration": {"LogDriver": "awslogs", "Options": options} if logs else None,
    }
