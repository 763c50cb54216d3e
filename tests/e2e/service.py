"""The deployed ECS service, as its account describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cais.verify.docker import docker

if TYPE_CHECKING:
    from tests.e2e.account import Account


class EcsService:
    """The only service of the account."""

    def __init__(self, aws: Account) -> None:
        self._aws = aws
        self._ecs = aws.client("ecs")
        (self._cluster,) = self._ecs.list_clusters()["clusterArns"]
        (self._name,) = self._ecs.list_services(cluster=self._cluster)["serviceArns"]

    def describe(self) -> dict[str, Any]:
        """The service."""
        return self._ecs.describe_services(cluster=self._cluster, services=[self._name])["services"][0]

    def image(self) -> str:
        """The image of its task definition."""
        name = self.describe()["taskDefinition"]
        definition = self._ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
        (container,) = definition["containerDefinitions"]
        return container["image"]

    def containers(self) -> set[str]:
        """The ids of the containers of its running tasks."""
        tasks = self._ecs.list_tasks(cluster=self._cluster)["taskArns"]
        if not tasks:
            return set()
        described = self._ecs.describe_tasks(cluster=self._cluster, tasks=tasks)["tasks"]
        return {task["containers"][0]["runtimeId"] for task in described if task["lastStatus"] == "RUNNING"}

    def all_healthy(self, copies: int) -> bool:
        """Whether `copies` containers run, each healthy by the check of its task definition."""
        healths = [docker("inspect", "--format={{.State.Health.Status}}", each) for each in self.containers()]
        return healths == ["healthy"] * copies

    def url(self) -> str:
        """Its load balancer, at the emulator."""
        (balancer,) = self._aws.client("elbv2").describe_load_balancers()["LoadBalancers"]
        return f"{self._aws.url}/_alb/{balancer['LoadBalancerName']}"
