"""The task definition: what runs, as whom, and how ECS sees that it is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

if TYPE_CHECKING:
    from cais.contract import Contract
    from stacks.data import Store
    from stacks.image import ServiceImage

ARCHITECTURES = {"x86_64": ecs.CpuArchitecture.X86_64, "arm64": ecs.CpuArchitecture.ARM64}
STOP_MARGIN_SECONDS = 10
"""Between the last answer of a draining service and SIGKILL: time to close the store and to flush logs."""


class Task(Construct):
    """One container of the service, and one that migrates the store's schema before it.

    Attributes:
        definition: the task definition.
        execution_role: what ECS itself may do to start the task: pull, read the secret, write logs.
    """

    def __init__(
        self, scope: Construct, name: str, *, image: ServiceImage, store: Store, contract: Contract
    ) -> None:
        super().__init__(scope, name)
        self._store = store
        self._image = image.place(self)
        self._log_group = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        self.execution_role = self._execution_role()
        self.definition = ecs.FargateTaskDefinition(
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
            task_role=self._task_role(),
        )
        service = self._service_container(contract)
        if store.has_schema:
            service.add_container_dependencies(
                ecs.ContainerDependency(
                    container=self._container(
                        "migrate", command=["python", "-m", "service", "migrate"], essential=False
                    ),
                    condition=ecs.ContainerDependencyCondition.SUCCESS,
                )
            )

    def _execution_role(self) -> iam.Role:
        """A role that pulls this image and writes these logs; the secret is granted where it is named.

        Trusted by ECS alone, whatever deploys: ECS assumes it, not the deployer and not the container.
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
        """
        role = iam.Role(self, "ExecutionRole", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
        if self._image.repository:
            self._image.repository.grant_pull(role)
        self._log_group.grant_write(role)
        return role

    def _task_role(self) -> iam.Role:
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
        self._store.grant_access(role)
        return role

    def _service_container(self, contract: Contract) -> ecs.ContainerDefinition:
        container = self._container(
            contract.name,
            # Fargate sends SIGTERM, waits this long and kills. At most 120 s.
            stop_timeout=Duration.seconds(contract.drain_seconds + STOP_MARGIN_SECONDS),
            health_check=ecs.HealthCheck(
                # ECS does not read the image's HEALTHCHECK; this is the same command.
                command=["CMD", "python", "-m", "service", "health"],
                # Each check starts a Python; every 10 s that costs a few per cent of a quarter vCPU.
                interval=Duration.seconds(10),
                timeout=Duration.seconds(5),
                retries=3,
                start_period=Duration.seconds(contract.startup_seconds),
            ),
        )
        container.add_port_mappings(ecs.PortMapping(container_port=contract.port))
        return container

    def _container(self, name: str, **options: object) -> ecs.ContainerDefinition:
        hardening = ecs.LinuxParameters(self, f"Linux-{name}", init_process_enabled=True)
        hardening.drop_capabilities(ecs.Capability.ALL)
        secret = self._store.secret
        return self.definition.add_container(
            name,
            container_name=name,
            image=ecs.ContainerImage.from_registry(self._image.uri),
            environment=dict(self._store.environment),
            secrets={"DATABASE_PASSWORD": ecs.Secret.from_secrets_manager(secret, "password")}
            if secret
            else {},
            readonly_root_filesystem=True,
            linux_parameters=hardening,
            logging=ecs.LogDrivers.aws_logs(
                stream_prefix="ecs",
                log_group=self._log_group,
                mode=ecs.AwsLogDriverMode.NON_BLOCKING,  # an outage of CloudWatch must not stop the service
            ),
            **options,
        )
