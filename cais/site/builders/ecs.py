"""Clusters, services and task definitions of ECS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cais.site.builders import values as v
from cais.site.builders.containers import read_container
from cais.site.builders.express import EXPRESS, express_service, express_task
from cais.site.model.ecs import (
    CapacityProvider,
    CircuitBreaker,
    Cluster,
    Ecs,
    Service,
    Strategy,
    TargetBinding,
    TaskDefinition,
    Volume,
)
from cais.template.text import is_leaf
from cais.template.values import Attribute, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.site.model.values import Key, MaybeText
    from cais.template import Assembly, ImageAsset, Resource, Value

VOLUME_KINDS = {
    "EFSVolumeConfiguration": "efs",
    "DockerVolumeConfiguration": "docker",
    "FSxWindowsFileServerVolumeConfiguration": "fsx",
    "S3FilesVolumeConfiguration": "s3",
}
FARGATE = ("FARGATE", "FARGATE_SPOT")


def build_ecs(assembly: Assembly) -> Ecs:
    """Everything of ECS, what it makes of Express Mode too."""
    providers = _providers(assembly)
    made = [_cluster(each, providers) for each in assembly.resources("AWS::ECS::Cluster")]
    clusters = {cluster.key: cluster for cluster in made}
    assets, express = assembly.image_assets, tuple(assembly.resources(EXPRESS))
    tasks = [_task(each, assets) for each in assembly.resources("AWS::ECS::TaskDefinition")]
    tasks += [express_task(each, assets) for each in express if "PrimaryContainer" in each.properties]
    services = [_service(each, clusters) for each in assembly.resources("AWS::ECS::Service")]
    services += map(express_service, express)
    return Ecs(
        clusters=clusters,
        capacity_providers={
            each.key: each for each in map(_provider, assembly.resources("AWS::ECS::CapacityProvider"))
        },
        task_definitions={task.key: task for task in tasks},
        services={service.key: service for service in services},
    )


def _strategy(value: Value) -> tuple[Strategy, ...]:
    return tuple(
        Strategy(
            v.key(v.mapping(each).get("CapacityProvider")),
            v.number(v.mapping(each).get("Weight"), 0),
            v.number(v.mapping(each).get("Base"), 0),
        )
        for each in v.items(value)
    )


def _providers(assembly: Assembly) -> dict[Key, Mapping[str, Value]]:
    """What associates capacity providers with clusters, by the reference to a cluster or its name."""
    associations = assembly.resources("AWS::ECS::ClusterCapacityProviderAssociations")
    return {v.key(each.properties.get("Cluster")): each.properties for each in associations}


def _cluster(resource: Resource, providers: Mapping[Key, Mapping[str, Value]]) -> Cluster:
    key, name = v.own_key(resource), v.optional_text(resource.properties.get("ClusterName"))
    mine = (each for owner, each in providers.items() if owner in (key, name) or not _is_named(owner))
    given = {**resource.properties, **next(mine, {})}
    return Cluster(
        key=key,
        subject=v.subject(resource),
        name=name,
        capacity_providers=v.keys(given.get("CapacityProviders")),
        default_strategy=_strategy(given.get("DefaultCapacityProviderStrategy")),
    )


def _is_named(owner: Key) -> bool:
    """Whether it is known which cluster this is; one that is not may be any."""
    return isinstance(owner, str | Attribute)


def _provider(resource: Resource) -> CapacityProvider:
    given = resource.properties
    scaled = v.mapping(given.get("AutoScalingGroupProvider"))
    managed = v.mapping(scaled.get("ManagedScaling"))
    unsaid = Unknown("whether ECS scales its group")
    return CapacityProvider(
        key=v.own_key(resource),
        subject=v.subject(resource),
        name=v.optional_text(given.get("Name")),
        auto_scaling_group=v.optional_key(scaled.get("AutoScalingGroupArn")),
        managed_scaling=v.flag(managed.get("Status", unsaid), default=False),
        cluster=v.optional_key(given.get("ClusterName")),
    )


def _task(resource: Resource, assets: Mapping[str, ImageAsset]) -> TaskDefinition:
    given = resource.properties
    platform = v.mapping(given.get("RuntimePlatform"))
    storage = v.mapping(given.get("EphemeralStorage"))
    return TaskDefinition(
        key=v.own_key(resource),
        subject=v.subject(resource),
        family=v.optional_text(given.get("Family")),
        network_mode=v.text(given.get("NetworkMode"), "bridge"),
        compatibilities=v.texts(given.get("RequiresCompatibilities")),
        cpu=v.with_unit(given.get("Cpu"), "vCPU", times=1024),
        memory=v.with_unit(given.get("Memory"), "GB", times=1024),
        execution_role=v.optional_key(given.get("ExecutionRoleArn")),
        task_role=v.optional_key(given.get("TaskRoleArn")),
        architecture=v.text(platform.get("CpuArchitecture"), "X86_64"),
        operating_system=v.text(platform.get("OperatingSystemFamily"), "LINUX"),
        ephemeral_storage=v.optional_number(storage.get("SizeInGiB")),
        containers=tuple(
            read_container(v.mapping(each), assets) for each in v.items(given.get("ContainerDefinitions"))
        ),
        volumes=tuple(_volume(v.mapping(each)) for each in v.items(given.get("Volumes"))),
    )


def _volume(given: Mapping[str, Value]) -> Volume:
    efs = v.mapping(given.get("EFSVolumeConfiguration"))
    kinds = [kind for name, kind in VOLUME_KINDS.items() if name in given]
    hosted = v.mapping(given.get("Host")).get("SourcePath") is not None
    return Volume(
        name=v.text(given.get("Name"), ""),
        kind=kinds[0] if kinds else "host" if hosted else "empty",
        file_system=v.optional_key(efs.get("FilesystemId")),
    )


def _service(resource: Resource, clusters: Mapping[Key, Cluster]) -> Service:
    given = resource.properties
    cluster = v.key(given.get("Cluster", "default"))
    network = v.mapping(v.mapping(given.get("NetworkConfiguration")).get("AwsvpcConfiguration"))
    deployment = v.mapping(given.get("DeploymentConfiguration"))
    strategy = _strategy(given.get("CapacityProviderStrategy"))
    return Service(
        key=v.own_key(resource),
        subject=v.subject(resource),
        name=v.optional_text(given.get("ServiceName")),
        cluster=cluster,
        task_definition=v.optional_key(given.get("TaskDefinition")),
        launch_type=_launch_type(given, strategy, clusters.get(cluster)),
        strategy=strategy,
        desired=v.optional_number(given.get("DesiredCount")),
        scheduling=v.text(given.get("SchedulingStrategy"), "REPLICA"),
        subnets=v.keys(network.get("Subnets")),
        security_groups=v.keys(network.get("SecurityGroups")),
        assign_public_ip=v.flag(network.get("AssignPublicIp"), default=False),
        targets=tuple(_binding(v.mapping(each)) for each in v.items(given.get("LoadBalancers"))),
        grace_period=v.optional_number(given.get("HealthCheckGracePeriodSeconds")),
        minimum_healthy_percent=v.number(deployment.get("MinimumHealthyPercent"), 100),
        maximum_percent=v.number(deployment.get("MaximumPercent"), 200),
        breaker=_breaker(deployment.get("DeploymentCircuitBreaker")),
        has_alarms=bool(v.items(v.mapping(deployment.get("Alarms")).get("AlarmNames"))),
        controller=v.text(v.mapping(given.get("DeploymentController")).get("Type"), "ECS"),
        platform_version=v.optional_text(given.get("PlatformVersion")),
        execute_command=v.flag(given.get("EnableExecuteCommand"), default=False),
        service_connect=_service_connect(given.get("ServiceConnectConfiguration")),
        registries=tuple(
            v.key(v.mapping(each).get("RegistryArn")) for each in v.items(given.get("ServiceRegistries"))
        ),
    )


def _launch_type(
    given: Mapping[str, Value], strategy: tuple[Strategy, ...], cluster: Cluster | None
) -> MaybeText:
    """The effective launch type: the service's own, else what its capacity providers are."""
    if v.mapping(given.get("DeploymentController")).get("Type") == "EXTERNAL":
        return Unknown("the launch type of the service's task sets")
    named = given.get("LaunchType")
    if named is not None:
        return v.text(named, "EC2")
    chosen = strategy or (cluster.default_strategy if cluster else ())
    if not chosen:
        return "EC2"
    kinds = {each.provider for each in chosen}
    if kinds <= set(FARGATE):
        return "FARGATE"
    return Unknown("the capacity providers of the service") if kinds & set(FARGATE) else "EC2"


def _binding(given: Mapping[str, Value]) -> TargetBinding:
    return TargetBinding(
        v.optional_key(given.get("TargetGroupArn")),
        v.optional_text(given.get("ContainerName")),
        v.optional_number(given.get("ContainerPort")),
        v.optional_key(given.get("LoadBalancerName")),
    )


def _breaker(value: Value) -> CircuitBreaker:
    if is_leaf(value):
        return CircuitBreaker(enabled=value, rollback=value)
    given = v.mapping(value)
    return CircuitBreaker(
        enabled=v.flag(given.get("Enable"), default=False),
        rollback=v.flag(given.get("Rollback"), default=False),
    )


def _service_connect(value: Value) -> tuple[Any, ...] | None:
    given = v.mapping(value)
    if given.get("Enabled") is not True:
        return None
    return tuple(v.text(v.mapping(each).get("PortName"), "") for each in v.items(given.get("Services")))
