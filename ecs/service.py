"""The Fargate service: how many tasks, where, and how a deployment replaces them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from ecs.load_balancer import CHECK_INTERVAL_SECONDS, HEALTHY_CHECKS

if TYPE_CHECKING:
    from cais.contract import Contract
    from ecs.load_balancer import LoadBalancer
    from ecs.task import Task
    from stacks.data import Store
    from stacks.network import NetworkStack

CPU_PERCENT = 60  # leaves a task room for the half minute that another takes to start
REQUESTS_PER_MINUTE = 6000  # 100 a second, an estimate: about half of what a quarter vCPU answers
DATABASE_WAKES_SECONDS = 30  # a database that was paused for long, while the migration waits for it


class Service(Construct):
    """Copies of the task in the private subnets, registered with the load balancer, scaled by load."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        task: Task,
        load_balancer: LoadBalancer,
        network: NetworkStack,
        store: Store,
        contract: Contract,
    ) -> None:
        super().__init__(scope, construct_id)
        group = self._group(network, store)
        service = ecs.FargateService(
            self,
            "Service",
            cluster=ecs.Cluster(
                self, "Cluster", vpc=network.vpc, container_insights_v2=ecs.ContainerInsights.ENABLED
            ),
            task_definition=task.definition,
            vpc_subnets=network.private,
            security_groups=[group],
            assign_public_ip=False,
            # The new tasks are healthy before the old ones go.
            min_healthy_percent=100,
            max_healthy_percent=200,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            health_check_grace_period=_grace(contract, store),
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
        )
        # A task that starts before its role's policy is attached is refused its image or its secret (P14);
        # one that starts before its group's rules, the database (A2).
        service.node.add_dependency(task.execution_role, group)
        service.attach_to_application_target_group(load_balancer.target_group)
        _scale(service, load_balancer, contract)

    def _group(self, network: NetworkStack, store: Store) -> ec2.SecurityGroup:
        """Out to the store and over HTTPS; the way in from the load balancer is added with that."""
        group = ec2.SecurityGroup(
            self, "Group", vpc=network.vpc, description="The tasks", allow_all_outbound=False
        )
        # To anywhere: the image's layers come from S3, which has public addresses even through its endpoint.
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "ECR, S3, Secrets Manager, logs")
        store.admit(group, group)
        return group


def _grace(contract: Contract, store: Store) -> Duration:
    """How long a failed check of the load balancer kills no task: its start, then its first checks (H9)."""
    migration = DATABASE_WAKES_SECONDS if store.has_schema else 0
    return Duration.seconds(migration + contract.startup_seconds + HEALTHY_CHECKS * CHECK_INTERVAL_SECONDS)


def _scale(service: ecs.FargateService, load_balancer: LoadBalancer, contract: Contract) -> None:
    """Between the contract's copies. DesiredCount stays unset: a deployment keeps what scaling arrived at."""
    copies = service.auto_scale_task_count(min_capacity=contract.min_copies, max_capacity=contract.max_copies)
    copies.scale_on_cpu_utilization("Cpu", target_utilization_percent=CPU_PERCENT)
    copies.scale_on_request_count(
        "Requests", requests_per_target=REQUESTS_PER_MINUTE, target_group=load_balancer.target_group
    )
