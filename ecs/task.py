"""The task definition: what runs, as whom, and how ECS sees that it is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.roles import service_role
from stacks.security import accept

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from cais.contract import Contract
    from stacks.data import Store
    from stacks.image import ServiceImage

ARCHITECTURES = {"x86_64": ecs.CpuArchitecture.X86_64, "arm64": ecs.CpuArchitecture.ARM64}
PRINCIPAL = "ecs-tasks.amazonaws.com"

STOP_MARGIN_SECONDS = 10  # from the last answer of a draining service to SIGKILL: to close its connections
CHECK_SECONDS = 10  # each check starts a Python, which costs a quarter vCPU a few per cent at this pace
CHECK_TIMEOUT_SECONDS = 5  # half of the pace, so that checks never overlap
FAILED_CHECKS = 3  # the load balancer, which checks every 5 s, is to see a bad task first


class Task(Construct):
    """A container of the service, and one that brings the store's schema up to date before it.

    Attributes:
        definition: the task definition.
        execution_role: what ECS itself may do to start a task.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, image: ServiceImage, store: Store, contract: Contract
    ) -> None:
        super().__init__(scope, construct_id)
        self._store = store
        self._image = image.place(self)
        self._log_group = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        self.execution_role = self._execution_role()
        self.definition = self._definition(contract)
        service = self._service(contract)
        if store.has_schema:
            _wait_for_success(service, self._container("migrate", "migrate", essential=False))

    def _execution_role(self) -> iam.IRole:
        """A role that pulls this image and writes these logs; the secret is granted where it is named.

        ECS assumes it, and only ECS: neither who deploys nor the container.
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
        """
        role = service_role(self, "ExecutionRole", service=PRINCIPAL)
        self._log_group.grant_write(role)
        if self._image.repository:
            self._image.repository.grant_pull(role)
            accept(
                role, "IAM5[Resource::*]", "ecr:GetAuthorizationToken, and nothing else: it takes no resource"
            )
        return role

    def _definition(self, contract: Contract) -> ecs.FargateTaskDefinition:
        task_role = service_role(self, "Role", service=PRINCIPAL)
        self._store.grant_access(task_role)
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

    def _service(self, contract: Contract) -> ecs.ContainerDefinition:
        container = self._container(
            contract.name,
            None,
            # From SIGTERM to SIGKILL; Fargate takes up to 120 s.
            stop_timeout=Duration.seconds(contract.drain_seconds + STOP_MARGIN_SECONDS),
            health_check=ecs.HealthCheck(
                # The image's HEALTHCHECK, which ECS does not read.
                command=["CMD", "python", "-m", "service", "health"],
                interval=Duration.seconds(CHECK_SECONDS),
                timeout=Duration.seconds(CHECK_TIMEOUT_SECONDS),
                retries=FAILED_CHECKS,
                start_period=Duration.seconds(contract.startup_seconds),
            ),
        )
        container.add_port_mappings(ecs.PortMapping(container_port=contract.port))
        return container

    def _container(self, name: str, subcommand: str | None, **options: Any) -> ecs.ContainerDefinition:
        """The image as a container, able to do no more than the service needs.

        Fargate takes neither security options nor tmpfs; the image names its user.
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
        """
        linux = ecs.LinuxParameters(self, f"Linux-{name}", init_process_enabled=True)
        linux.drop_capabilities(ecs.Capability.ALL)
        return self.definition.add_container(
            name,
            image=_PlacedContainerImage(self._image.uri),
            command=["python", "-m", "service", subcommand] if subcommand else None,
            environment=dict(self._store.environment),
            secrets=self._secrets(),
            readonly_root_filesystem=True,
            linux_parameters=linux,
            # An outage of CloudWatch costs lines, not answers.
            logging=ecs.LogDrivers.aws_logs(
                stream_prefix="ecs", log_group=self._log_group, mode=ecs.AwsLogDriverMode.NON_BLOCKING
            ),
            **options,
        )

    def _secrets(self) -> dict[str, ecs.Secret]:
        secret = self._store.secret
        return {"DATABASE_PASSWORD": ecs.Secret.from_secrets_manager(secret, "password")} if secret else {}


def _wait_for_success(container: ecs.ContainerDefinition, first: ecs.ContainerDefinition) -> None:
    container.add_container_dependencies(
        ecs.ContainerDependency(container=first, condition=ecs.ContainerDependencyCondition.SUCCESS)
    )


class _PlacedContainerImage(ecs.ContainerImage):
    """An image that has its place, and its pull granted, already."""

    def __init__(self, uri: str) -> None:
        super().__init__()
        self._config = ecs.ContainerImageConfig(image_name=uri)

    @jsii.member(jsii_name="bind")
    def bind(
        self,
        scope: Construct,  # noqa: ARG002 - the base class's signature
        container_definition: ecs.ContainerDefinition,  # noqa: ARG002 - likewise
    ) -> ecs.ContainerImageConfig:
        """The image by its URI."""
        return self._config
