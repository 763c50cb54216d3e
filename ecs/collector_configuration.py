"""What the collector is told: its own words for where data comes from and where it goes.

https://github.com/aws-observability/aws-otel-collector/tree/main/config/ecs
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stacks.metrics import SCRAPE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.contract import Contract

OTLP_PORT = 4318


def scrape(contract: Contract, *, url: str) -> dict[str, Any]:
    """From the service's metrics page, with the task's name, to the workspace that `url` writes to.

    Every task is scraped at the same address, so it is the task's id that tells their series apart.
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
    return {
        "receivers": {"prometheus": {"config": {"scrape_configs": [job]}}},
        "processors": {"resourcedetection": {"detectors": ["ecs"]}, "resource": {"attributes": [instance]}},
        "exporters": {"prometheusremotewrite": writer},
    }


def receive_traces(*, region: str) -> dict[str, Any]:
    """From the service, to X-Ray."""
    return {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"localhost:{OTLP_PORT}"}}}},
        "processors": {"resourcedetection": {"detectors": ["ecs"]}},
        "exporters": {"awsxray": {"region": region}},
    }


def configuration(pipelines: Mapping[str, dict[str, Any]], *, region: str, limit_mib: int) -> dict[str, Any]:
    """The whole of it, with what every pipeline has: a bound on its memory, and batches."""
    limiter = {"check_interval": "1s", "limit_mib": limit_mib, "spike_limit_mib": limit_mib // 4}
    parts: dict[str, dict[str, Any]] = {"receivers": {}, "processors": {}, "exporters": {}}
    for pipeline in pipelines.values():
        for kind, found in parts.items():
            found.update(pipeline[kind])
    parts["processors"].update({"memory_limiter": limiter, "batch": {}})
    wired = {
        name: {
            "receivers": [*pipeline["receivers"]],
            "processors": ["memory_limiter", *pipeline["processors"], "batch"],
            "exporters": [*pipeline["exporters"]],
        }
        for name, pipeline in pipelines.items()
    }
    signed = {"sigv4auth": {"region": region, "service": "aps"}} if "metrics" in pipelines else {}
    telemetry = {"logs": {"level": "warn"}, "metrics": {"level": "none"}}
    service = {"extensions": [*signed], "telemetry": telemetry, "pipelines": wired}
    return {"extensions": signed, **parts, "service": service}
