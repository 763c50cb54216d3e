"""A collector beside the service, in the same task, that sends its metrics on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_cdk import Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from constructs import Construct

from ecs.container import PlacedContainerImage
from stacks.image import PlacedImage, PushedImage
from stacks.metrics import SCRAPE_SECONDS
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


class Collector(Construct):
    """The AWS Distro for OpenTelemetry as a container that may fail without the task failing."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definition: ecs.FargateTaskDefinition,
        log_group: logs.ILogGroup,
        metrics: MetricsStack,
        shared: Shared,
        contract: Contract,
    ) -> None:
        super().__init__(scope, construct_id)
        shared.network.connect(self, ["aps-workspaces"])
        definition.add_to_task_role_policy(
            iam.PolicyStatement(actions=["aps:RemoteWrite"], resources=[metrics.workspace_arn])
        )
        linux = ecs.LinuxParameters(self, "Linux")
        linux.drop_capabilities(ecs.Capability.ALL)
        definition.add_container(
            "collector",
            image=PlacedContainerImage(self._image(definition, shared.settings).uri),
            essential=False,
            cpu=CPU,
            memory_limit_mib=MEMORY_MIB,
            readonly_root_filesystem=True,
            linux_parameters=linux,
            environment={
                # A configuration in its environment; it is YAML, of which JSON is a part.
                "AOT_CONFIG_CONTENT": json.dumps(
                    configuration(contract, url=metrics.remote_write_url, region=Stack.of(self).region)
                ),
                "GOMEMLIMIT": f"{LIMIT_MIB}MiB",
            },
            logging=ecs.LogDrivers.aws_logs(
                stream_prefix="ecs", log_group=log_group, mode=ecs.AwsLogDriverMode.NON_BLOCKING
            ),
        )

    def _image(self, definition: ecs.FargateTaskDefinition, settings: Settings) -> PlacedImage:
        placed = PushedImage(uri=settings.collector_image or PUBLIC_IMAGE).place(self)
        if settings.egress == "endpoints" and placed.repository is None:
            raise SettingsError(
                f"target ecs: with egress=endpoints no task reaches {placed.uri}; copy {PUBLIC_IMAGE} into a "
                "repository of Amazon ECR and name the copy with -c collector_image=, or use -c egress=nat"
            )
        if placed.repository:
            placed.repository.grant_pull(definition.obtain_execution_role())
        return placed


def configuration(contract: Contract, *, url: str, region: str) -> dict[str, Any]:
    """What the collector does: scrape the service in its task, name the task, write to `url`.

    Every task is scraped at the same address, so it is the task's id that tells their series apart.
    https://aws-otel.github.io/docs/getting-started/prometheus-remote-write-exporter
    """
    job = {
        "job_name": contract.name,
        "scrape_interval": f"{SCRAPE_SECONDS}s",
        "metrics_path": contract.metrics_path,
        "static_configs": [{"targets": [f"localhost:{contract.port}"]}],
    }
    instance = {"key": "service.instance.id", "from_attribute": "aws.ecs.task.id", "action": "upsert"}
    writer = {
        "endpoint": url,
        "auth": {"authenticator": "sigv4auth"},
        "external_labels": {"platform": "ecs"},
        "target_info": {"enabled": False},
        "disable_scope_info": True,
    }
    limiter = {"check_interval": "1s", "limit_mib": LIMIT_MIB, "spike_limit_mib": LIMIT_MIB // 4}
    return {
        "extensions": {"sigv4auth": {"region": region, "service": "aps"}},
        "receivers": {"prometheus": {"config": {"scrape_configs": [job]}}},
        "processors": {
            "memory_limiter": limiter,
            "resourcedetection": {"detectors": ["ecs"]},
            "resource": {"attributes": [instance]},
            "batch": {},
        },
        "exporters": {"prometheusremotewrite": writer},
        "service": {
            "extensions": ["sigv4auth"],
            "telemetry": {"logs": {"level": "warn"}, "metrics": {"level": "none"}},
            "pipelines": {
                "metrics": {
                    "receivers": ["prometheus"],
                    "processors": ["memory_limiter", "resourcedetection", "resource", "batch"],
                    "exporters": ["prometheusremotewrite"],
                }
            },
        },
    }
