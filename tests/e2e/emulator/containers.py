# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
# ministack lives in a package folder of its own
"""Tasks and functions as containers: as the templates say, and reaching nothing but the emulator."""

from __future__ import annotations

import copy
import re
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs, eks, lambda_svc

ECR = re.compile(r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/")
NANOSECONDS = 1_000_000_000
EMULATOR = "host.docker.internal"  # what ministack calls itself in AWS_ENDPOINT_URL


def attach(*, network: str, gateway: str, registry: str, runtime_emulator: str) -> None:
    """Makes ministack start containers in `network`, where the emulator is `gateway`.

    Images of any ECR come out of the emulator's own `registry`, HOST:PORT. Functions are run by Lambda's
    runtime interface emulator, an executable at the path `runtime_emulator`.
    """
    _run_tasks(network=network, gateway=gateway, registry=registry)
    _run_functions(network=network, gateway=gateway, registry=registry, runtime_emulator=runtime_emulator)
    eks._docker_available = False  # else it pulls a Kubernetes from the internet


def _run_tasks(*, network: str, gateway: str, registry: str) -> None:
    start, options = ecs._start_task_worker, ecs._build_run_kwargs

    def start_task(task: Any, definition: Any, *rest: Any) -> None:
        local = copy.deepcopy(definition)
        for container in local["containerDefinitions"]:
            container["image"] = ECR.sub(f"{registry}/", container["image"])
        start(task, local, *rest)

    def run_options(container: Any, definition: Any, environment: Any, *rest: Any) -> dict[str, Any]:
        return {
            **options(container, definition, {**environment, **_platform()}, *rest),
            **_limits(container, definition),
            "network": network,
            "extra_hosts": {EMULATOR: gateway},
        }

    ecs._start_task_worker, ecs._build_run_kwargs = start_task, run_options


def _platform() -> dict[str, str]:
    """What Fargate tells a task.

    Credentials stand in its environment: an SDK fetches them over plain HTTP only from a link-local address,
    where ministack is not.
    """
    return {
        "AWS_DEFAULT_REGION": get_region(),
        "AWS_REGION": get_region(),
        "AWS_ACCESS_KEY_ID": get_account_id(),
        "AWS_SECRET_ACCESS_KEY": "none",
    }


def _limits(container: dict[str, Any], definition: dict[str, Any]) -> dict[str, Any]:
    """What ministack leaves out of a container definition, in the words of the Docker SDK."""
    linux = container.get("linuxParameters", {})
    limits = {
        "read_only": container.get("readonlyRootFilesystem", False),
        "cap_drop": linux.get("capabilities", {}).get("drop", []),
        "init": linux.get("initProcessEnabled", False),
        "entrypoint": container.get("entryPoint"),
        "mem_limit": f"{definition['memory']}m",
        "nano_cpus": int(definition["cpu"]) * NANOSECONDS // 1024,
    }
    if check := container.get("healthCheck"):
        limits["healthcheck"] = {
            "test": check["command"],
            "interval": check["interval"] * NANOSECONDS,
            "timeout": check["timeout"] * NANOSECONDS,
            "start_period": check.get("startPeriod", 0) * NANOSECONDS,
            "retries": check["retries"],
        }
    return limits


def _run_functions(*, network: str, gateway: str, registry: str, runtime_emulator: str) -> None:
    spawn = lambda_svc._spawn_lambda_container
    inside = "/aws-lambda-rie"
    lambda_svc.LAMBDA_DOCKER_NETWORK = network
    lambda_svc.LAMBDA_DOCKER_FLAGS = (
        f"--read-only --tmpfs /tmp --add-host {EMULATOR}:{gateway} --volume {runtime_emulator}:{inside}:ro"
    )

    def spawn_function(config: dict[str, Any], *rest: Any, **options: Any) -> Any:
        local = copy.deepcopy(config)
        local["ImageUri"] = ECR.sub(f"{registry}/", config["ImageUri"])
        image = (local.get("ImageConfigResponse") or {}).get("ImageConfig") or local["ImageConfig"]
        image["EntryPoint"] = [inside, *image["EntryPoint"]]
        return spawn(local, *rest, **options)

    lambda_svc._spawn_lambda_container = spawn_function
