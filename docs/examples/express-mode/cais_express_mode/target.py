"""A target of one's own: ECS Express Mode, which makes load balancer, certificate and scaling by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs

from stacks.roles import service_role
from stacks.security import accept
from stacks.settings import SettingsError

if TYPE_CHECKING:
    from aws_cdk import App
    from constructs import Construct

    from cais.contract import Contract
    from stacks.image import PlacedImage
    from stacks.shared import Shared

MANAGED_POLICY = "service-role/AmazonECSInfrastructureRoleforExpressGatewayServices"
TASKS = "ecs-tasks.amazonaws.com"


class ExpressModeTarget:
    """Runs the image on ECS Express Mode."""

    name = "express"
    stack_name = "ExpressModeStack"

    def build(self, app: App, shared: Shared, contract: Contract) -> Stack:
        """ExpressModeStack in `app`.

        Raises:
            SettingsError: the store has a schema, and Express Mode runs no container before the service's.
        """
        if shared.store.has_schema:
            raise SettingsError(
                f"target {self.name}: nothing there could migrate the schema of store="
                f"{shared.settings.store}; deploy with -c store=dynamodb"
            )
        return ExpressModeStack(app, self.stack_name, shared=shared, contract=contract)


class ExpressModeStack(Stack):
    """An Express Mode service in the public subnets, where its load balancer faces the internet.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-work.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, shared: Shared, contract: Contract) -> None:
        super().__init__(scope, construct_id, description=f"{contract.name} on ECS Express Mode")
        image = shared.image.place(self)
        log_group = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        execution_role = self._execution_role(image, log_group)
        task_role = service_role(self, "TaskRole", service=TASKS)
        shared.store.grant_access(task_role)
        infrastructure_role = self._infrastructure_role()
        subnets = shared.network.vpc.select_subnets(subnet_type=shared.network.public.subnet_type)
        service = ecs.CfnExpressGatewayService(
            self,
            "Service",
            cpu=str(contract.cpu),
            memory=str(contract.memory_mib),
            health_check_path=contract.health_path,
            execution_role_arn=execution_role.role_arn,
            task_role_arn=task_role.role_arn,
            infrastructure_role_arn=infrastructure_role.role_arn,
            network_configuration=ecs.CfnExpressGatewayService.ExpressGatewayServiceNetworkConfigurationProperty(
                subnets=subnets.subnet_ids
            ),
            primary_container=_container(image, log_group, shared, contract),
            scaling_target=ecs.CfnExpressGatewayService.ExpressGatewayScalingTargetProperty(
                min_task_count=contract.min_copies, max_task_count=contract.max_copies
            ),
        )
        # A task that starts before its role's policy is attached is refused its image.
        service.node.add_dependency(execution_role, task_role, infrastructure_role)
        CfnOutput(
            self, "Url", value=f"https://{service.attr_endpoint}", description="Where the service answers"
        )

    def _execution_role(self, image: PlacedImage, log_group: logs.ILogGroup) -> iam.IRole:
        role = service_role(self, "ExecutionRole", service=TASKS)
        log_group.grant_write(role)
        if image.repository:
            image.repository.grant_pull(role)
            accept(
                role, "IAM5[Resource::*]", "ecr:GetAuthorizationToken, and nothing else: it takes no resource"
            )
        return role

    def _infrastructure_role(self) -> iam.IRole:
        role = service_role(self, "InfrastructureRole", service="ecs.amazonaws.com")
        role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(MANAGED_POLICY))
        accept(
            role,
            f"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{MANAGED_POLICY}]",
            "AWS keeps this policy in step with what Express Mode makes; a copy would fall behind",
        )
        return role


def _container(
    image: PlacedImage, log_group: logs.ILogGroup, shared: Shared, contract: Contract
) -> ecs.CfnExpressGatewayService.ExpressGatewayContainerProperty:
    return ecs.CfnExpressGatewayService.ExpressGatewayContainerProperty(
        image=image.uri,
        container_port=contract.port,
        environment=[
            ecs.CfnExpressGatewayService.KeyValuePairProperty(name=name, value=value)
            for name, value in shared.store.environment.items()
        ],
        aws_logs_configuration=ecs.CfnExpressGatewayService.ExpressGatewayServiceAwsLogsConfigurationProperty(
            log_group=log_group.log_group_name, log_stream_prefix="express"
        ),
    )
