"""ECS: clusters, services, those of Express Mode too, and the tasks they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.findings import Subject
    from cais.site.model.registry import Image
    from cais.site.model.values import Key, Leaf, MaybeFlag, MaybeNumber, MaybeText


class PortMapping(Struct, frozen=True):
    """A port of a container. `host_port` None or 0 is a dynamic one (bridge) or the same (awsvpc)."""

    container_port: MaybeNumber
    host_port: MaybeNumber | None
    protocol: MaybeText
    name: MaybeText | None = None


class ContainerSecret(Struct, frozen=True):
    """A variable that ECS fills before the start, with the execution role.

    `source` is the secret or parameter: a key of the site where it is one, else the text without what
    follows a secret's ARN. `text` is the whole ValueFrom, `json_key` the key of a JSON secret.
    """

    name: MaybeText
    text: MaybeText
    service: Literal["secretsmanager", "ssm"] | Leaf
    source: Key
    json_key: MaybeText | None = None


class ContainerHealth(Struct, frozen=True, kw_only=True):
    """A container health check. Times are in seconds; `command` starts with CMD or CMD-SHELL."""

    command: tuple[MaybeText, ...]
    interval: MaybeNumber = 30
    timeout: MaybeNumber = 5
    retries: MaybeNumber = 3
    start_period: MaybeNumber = 0


class LogConfiguration(Struct, frozen=True, kw_only=True):
    """Where a container's output goes. `log_group` is the awslogs group: a key, or its name."""

    driver: MaybeText
    options: Mapping[str, MaybeText] = field(default_factory=dict)
    log_group: Key | None = None


class Container(Struct, frozen=True, kw_only=True):
    """One container of a task. Memory in MiB, cpu in units of 1/1024 vCPU, `stop_timeout` in seconds.

    `command` or `entry_point` None is the image's own. `depends_on` maps containers to conditions,
    `mounts` container paths to volumes.
    """

    name: MaybeText
    image: Image
    essential: MaybeFlag = True
    ports: tuple[PortMapping, ...] = ()
    environment: Mapping[str, MaybeText] = field(default_factory=dict)
    open_environment: tuple[Leaf, ...] = ()
    environment_files: tuple[MaybeText, ...] = ()
    secrets: tuple[ContainerSecret, ...] = ()
    entry_point: tuple[MaybeText, ...] | None = None
    command: tuple[MaybeText, ...] | None = None
    health: ContainerHealth | None = None
    log: LogConfiguration | None = None
    depends_on: Mapping[str, MaybeText] = field(default_factory=dict)
    cpu: MaybeNumber | None = None
    memory: MaybeNumber | None = None
    memory_reservation: MaybeNumber | None = None
    stop_timeout: MaybeNumber | None = None
    user: MaybeText | None = None
    read_only_root: MaybeFlag = False
    mounts: Mapping[str, MaybeText] = field(default_factory=dict)
    tmpfs: tuple[MaybeText, ...] = ()
    registry_credentials: Key | None = None
    links: tuple[MaybeText, ...] = ()


class Volume(Struct, frozen=True, kw_only=True):
    """A volume of a task. `kind` is "empty", "host", "efs", "docker", "ebs" or "fsx"."""

    name: MaybeText
    kind: str
    file_system: Key | None = None


class TaskDefinition(Struct, frozen=True, kw_only=True):
    """A task definition. Memory in MiB, cpu in units of 1/1024 vCPU, storage in GiB.

    `architecture` is "X86_64" or "ARM64", `network_mode` "awsvpc", "bridge", "host" or "none".
    """

    key: Key
    subject: Subject
    family: MaybeText | None
    network_mode: MaybeText
    compatibilities: tuple[MaybeText, ...] = ()
    cpu: MaybeNumber | None = None
    memory: MaybeNumber | None = None
    execution_role: Key | None = None
    task_role: Key | None = None
    architecture: MaybeText = "X86_64"
    operating_system: MaybeText = "LINUX"
    ephemeral_storage: MaybeNumber | None = None
    containers: tuple[Container, ...] = ()
    volumes: tuple[Volume, ...] = ()


class Strategy(Struct, frozen=True):
    """A part of a capacity provider strategy. `provider` is "FARGATE", "FARGATE_SPOT" or a key."""

    provider: Key
    weight: MaybeNumber = 0
    base: MaybeNumber = 0


class Cluster(Struct, frozen=True, kw_only=True):
    """A cluster of ECS."""

    key: Key
    subject: Subject
    name: MaybeText | None
    capacity_providers: tuple[Key, ...] = ()
    default_strategy: tuple[Strategy, ...] = ()


class CapacityProvider(Struct, frozen=True, kw_only=True):
    """A capacity provider of one's own: an auto scaling group, or managed instances.

    `managed_scaling` is whether ECS sets how many instances the group has.
    """

    key: Key
    subject: Subject
    name: MaybeText | None
    auto_scaling_group: Key | None = None
    managed_scaling: MaybeFlag = False
    cluster: Key | None = None


class TargetBinding(Struct, frozen=True):
    """What a service registers. Either `target_group` or the name of a classic load balancer is set."""

    target_group: Key | None
    container_name: MaybeText | None
    container_port: MaybeNumber | None
    classic_name: Key | None = None


class CircuitBreaker(Struct, frozen=True, kw_only=True):
    """Whether a failing deployment stops by itself, and goes back."""

    enabled: MaybeFlag = False
    rollback: MaybeFlag = False


class Service(Struct, frozen=True, kw_only=True):
    """A service. `grace_period` in seconds; `desired` None is 1, or what runs already.

    `launch_type` is the effective one: "FARGATE", "EC2" or "EXTERNAL"; a leaf where capacity providers
    do not tell. `subnets`, `security_groups` and `assign_public_ip` are awsvpc's. `controller` is "ECS",
    "CODE_DEPLOY" or "EXTERNAL", and "EXPRESS" for Express Mode; `service_connect` holds the names of the
    ports it publishes.
    """

    key: Key
    subject: Subject
    name: MaybeText | None
    cluster: Key
    task_definition: Key | None
    launch_type: MaybeText
    strategy: tuple[Strategy, ...] = ()
    desired: MaybeNumber | None = None
    scheduling: MaybeText = "REPLICA"
    subnets: tuple[Key, ...] = ()
    security_groups: tuple[Key, ...] = ()
    assign_public_ip: MaybeFlag = False
    targets: tuple[TargetBinding, ...] = ()
    grace_period: MaybeNumber | None = None
    minimum_healthy_percent: MaybeNumber = 100
    maximum_percent: MaybeNumber = 200
    breaker: CircuitBreaker
    has_alarms: bool = False
    controller: MaybeText = "ECS"
    platform_version: MaybeText | None = None
    execute_command: MaybeFlag = False
    service_connect: tuple[MaybeText, ...] | None = None
    registries: tuple[Key, ...] = ()


class Ecs(Struct, frozen=True, kw_only=True):
    """Everything above, by key."""

    clusters: Mapping[Key, Cluster] = field(default_factory=dict)
    capacity_providers: Mapping[Key, CapacityProvider] = field(default_factory=dict)
    task_definitions: Mapping[Key, TaskDefinition] = field(default_factory=dict)
    services: Mapping[Key, Service] = field(default_factory=dict)
