"""The image as a container of a Fargate task, able to do no more than the service needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import aws_ecs as ecs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_logs as logs
    from constructs import Construct

    from stacks.data import Store
    from stacks.image import PlacedImage


@dataclass(frozen=True, kw_only=True)
class Containers:
    """What every container of one task has in common: image, store, logs and how little it may do.

    Fargate takes neither security options nor tmpfs; the image names its user.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
    """

    definition: ecs.FargateTaskDefinition
    image: PlacedImage
    store: Store
    log_group: logs.ILogGroup

    def add(
        self, name: str, *, environment: Mapping[str, str] | None = None, **options: Any
    ) -> ecs.ContainerDefinition:
        """A container called `name`; `options` are CDK's for a container definition."""
        linux = ecs.LinuxParameters(self.definition, f"Linux-{name}", init_process_enabled=True)
        linux.drop_capabilities(ecs.Capability.ALL)
        return self.definition.add_container(
            name,
            image=PlacedContainerImage(self.image.uri),
            environment={**self.store.environment, **(environment or {})},
            secrets=self._secrets(),
            readonly_root_filesystem=True,
            linux_parameters=linux,
            # An outage of CloudWatch costs lines, not answers.
            logging=ecs.LogDrivers.aws_logs(
                stream_prefix="ecs", log_group=self.log_group, mode=ecs.AwsLogDriverMode.NON_BLOCKING
            ),
            **options,
        )

    def _secrets(self) -> dict[str, ecs.Secret]:
        secret = self.store.secret
        return {"DATABASE_PASSWORD": ecs.Secret.from_secrets_manager(secret, "password")} if secret else {}


class PlacedContainerImage(ecs.ContainerImage):
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
