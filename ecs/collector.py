"""A collector beside the service, in the same task, that sends its metrics and its traces on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_cdk import Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from ecs.collector_configuration import OTLP_PORT, configuration, receive_traces, scrape
from ecs.container import PlacedContainerImage
from stacks.image import PlacedImage, PushedImage
from stacks.security import accept
from stacks.settings import SettingsError

if TYPE_CHECKING:
    from aws_cdk import aws_logs as logs

    from cais.contract import Contract
    from stacks.metrics import MetricsStack
    from stacks.settings import Settings
    from stacks.shared import Shared

# The AWS Distro for OpenTelemetry. https://github.com/aws-observability/aws-otel-collector/releases
PUBLIC_IMAGE = "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0"

CPU = 32  # of the task's units: an eighth of a quarter vCPU, only where the service wants all of it
MEMORY_MIB = 256  # killed above it, alone: the task goes on
LIMIT_MIB = 160  # refuses data above it

TRACED = "0.05"  # of the requests: each trace is paid for


def is_wanted(settings: Settings) -> bool:
    """Whether there is something to collect."""
    return settings.metrics != "off" or settings.traces != "off"


def beside_collector(settings: Settings, contract: Contract) -> dict[str, Any]:
    """What the service's container is given where a collector is beside it."""
    if not is_wanted(settings):
        return {}
    cpu = {"cpu": contract.cpu - CPU}
    if settings.traces == "off":
        return cpu
    # By its share and not by what a request's header says: clients can write that.
    sampler = {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": TRACED}
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://localhost:{OTLP_PORT}"}
    return {**cpu, "environment": {**endpoint, **sampler}}


class Collector(Construct):
    """The AWS Distro for OpenTelemetry as a container that may fail without the task failing."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definition: ecs.FargateTaskDefinition,
        log_group: logs.ILogGroup,
        shared: Shared,
        contract: Contract,
    ) -> None:
        super().__init__(scope, construct_id)
        self._definition = definition
        self._region = Stack.of(self).region
        pipelines: dict[str, Any] = {}
        if shared.metrics:
            shared.network.connect(self, ["aps-workspaces"])
            pipelines["metrics"] = self._metrics(shared.metrics.stack(), contract)
        if shared.settings.traces != "off":
            shared.network.connect(self, ["xray"])
            pipelines["traces"] = self._traces()
        linux = ecs.LinuxParameters(self, "Linux")
        linux.drop_capabilities(ecs.Capability.ALL)
        definition.add_container(
            "collector",
            image=PlacedContainerImage(self._image(shared.settings).uri),
            essential=False,
            cpu=CPU,
            memory_limit_mib=MEMORY_MIB,
            readonly_root_filesystem=True,
            linux_parameters=linux,
            environment={
                # A configuration in its environment; it is YAML, of which JSON is a part.
                "AOT_CONFIG_CONTENT": json.dumps(
                    configuration(pipelines, region=self._region, limit_mib=LIMIT_MIB)
                ),
                "GOMEMLIMIT": f"{LIMIT_MIB}MiB",
            },
            logging=ecs.LogDrivers.aws_logs(
                stream_prefix="ecs", log_group=log_group, mode=ecs.AwsLogDriverMode.NON_BLOCKING
            ),
        )

    def _metrics(self, metrics: MetricsStack, contract: Contract) -> dict[str, Any]:
        self._definition.add_to_task_role_policy(
            iam.PolicyStatement(actions=["aps:RemoteWrite"], resources=[metrics.workspace_arn])
        )
        return scrape(contract, url=metrics.remote_write_url)

    def _traces(self) -> dict[str, Any]:
        self._definition.add_to_task_role_policy(
            iam.PolicyStatement(
                actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"]
            )
        )
        accept(self._definition.task_role, "IAM5[Resource::*]", "X-Ray's actions take no resource")
        return receive_traces(region=self._region)

    def _image(self, settings: Settings) -> PlacedImage:
        placed = PushedImage(uri=settings.collector_image or PUBLIC_IMAGE).place(self)
        if settings.egress == "endpoints" and placed.repository is None:
            raise SettingsError(
                f"target ecs: with egress=endpoints no task reaches {placed.uri}; copy {PUBLIC_IMAGE} into a "
                "repository of Amazon ECR and name the copy with -c collector_image=, or use -c egress=nat"
            )
        if placed.repository:
            placed.repository.grant_pull(self._definition.obtain_execution_role())
        return placed
