"""The task definition: what runs, as whom, and how ECS sees that it is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs
from constructs import Construct

from ecs.collector import Collector, beside_collector, is_wanted
from ecs.container import Containers
from stacks.roles import service_role
from stacks.security import accept

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from cais.contract import Contract
    from stacks.data import Store
    from stacks.image import PlacedImage
    from stacks.shared import Shared

ARCHITECTURES = {"x86_64": ecs.CpuArchitecture.X86_64, "arm64": ecs.CpuArchitecture.ARM64}
PRINCIPAL = "ecs-tasks.amazonaws.com"

STOP_MARGIN_SECONDS = 10  # from the last answer of a draining service to SIGKILL: to close its connections
CHECK_SECONDS = 10  # each check starts a Python, which costs a quarter vCPU a few per cent at this pace
CHECK_TIMEOUT_SECONDS = 5  # half of the pace, so that checks never overlap
FAILED_CHECKS = 3  # the load balancer, which checks every 5 s, is to see a bad task first


class Task(Construct):
    """A container of the service, one that brings the store's schema up to date before it, and a collector.

    The second is there for a store with a schema, the third where metrics or traces are sent on.

    Attributes:
        definition: the task definition.
        execution_role: what ECS itself may do to start a task.
    """

    def __init__(self, scope: Construct, construct_id: str, *, shared: Shared, contract: Contract) -> None:
        super().__init__(scope, construct_id)
        placed, store = shared.image.place(self), shared.store
        log_group = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        self.execution_role = self._execution_role(placed, log_group)
        self.definition = self._definition(store, contract)
        containers = Containers(definition=self.definition, image=placed, store=store, log_group=log_group)
        service = _add_service(containers, contract, **beside_collector(shared.settings, contract))
        if store.has_schema:
            _migrate_before(service, containers)
        if is_wanted(shared.settings):
            Collector(
                self,
                "Collector",
                definition=self.definition,
                log_group=log_group,
                shared=shared,
                contract=contract,
            )

    def _execution_role(self, image: PlacedImage, log_group: logs.ILogGroup) -> iam.IRole:
        """A role that pulls this image and writes these logs; the secret is granted where it is named.

        ECS assumes it, and only ECS: neither who deploys nor the container.
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
        """
        role = service_role(self, "ExecutionRole", service=PRINCIPAL)
        log_group.grant_write(role)
        if image.repository:
            image.repository.grant_pull(role)
            accept(role, "IAM5[Resource::*]", "ecr:GetAuthorizationToken alone, which takes no resource")
        return role

    def _definition(self, store: Store, contract: Contract) -> ecs.FargateTaskDefinition:
        task_role = service_role(self, "Role", service=PRINCIPAL)
        store.grant_access(task_role)
        definition = ecs.FargateTaskDefinition(
            self,
            "Definition",
            family=contract.name,
            cpu=contract.cpu,
            memory_limit_mib=contract.memory_mib,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ARCHITECTURES[contract.architecture],
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
            execution_role=self.execution_role,
            task_role=task_role,
        )
        accept(definition, "ECS2", "The variables hold the store's address; its password comes as a secret")
        return definition


def _add_service(containers: Containers, contract: Contract, **options: Any) -> ecs.ContainerDefinition:
    service = containers.add(
        contract.name,
        # From SIGTERM to SIGKILL; Fargate takes up to 120 s.
        stop_timeout=Duration.seconds(contract.drain_seconds + STOP_MARGIN_SECONDS),
        health_check=ecs.HealthCheck(
            # The image's HEALTHCHECK, which ECS does not read (H16).
            command=["CMD", "python", "-m", "service", "health"],
            interval=Duration.seconds(CHECK_SECONDS),
            timeout=Duration.seconds(CHECK_TIMEOUT_SECONDS),
            retries=FAILED_CHECKS,
            start_period=Duration.seconds(contract.startup_seconds),
        ),
        **options,
    )
    service.add_port_mappings(ecs.PortMapping(container_port=contract.port))
    return service


def _migrate_before(service: ecs.ContainerDefinition, containers: Containers) -> None:
    """Start `service` only where the schema is up to date; a task whose migration fails is a failed task."""
    migration = containers.add("migrate", command=["python", "-m", "service", "migrate"], essential=False)
    service.add_container_dependencies(
        ecs.ContainerDependency(container=migration, condition=ecs.ContainerDependencyCondition.SUCCESS)
    )
