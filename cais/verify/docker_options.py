"""A task definition's settings as options of `docker create`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.verify.workload import ContainerCheck, Workload

DATA = "/data"
CPU_UNITS = 1024  # of one vCPU


def options(workload: Workload) -> Iterator[str]:
    """All of them but its variables, its ports and volumes of ours."""
    if workload.entry_point:
        yield f"--entrypoint={workload.entry_point[0]}"
    if workload.memory_mib:
        yield from (f"--memory={workload.memory_mib}m", f"--memory-swap={workload.memory_mib}m")
    if workload.cpu:
        yield f"--cpus={workload.cpu / CPU_UNITS:g}"
    if workload.user:
        yield f"--user={workload.user}"
    if workload.read_only_root:
        yield "--read-only"
    if workload.init_process:
        yield "--init"
    yield f"--stop-timeout={workload.stop_timeout:.0f}"
    yield from (f"--cap-drop={name}" for name in workload.capabilities_dropped)
    yield from (f"--cap-add={name}" for name in workload.capabilities_added)
    yield from (f"--ulimit={limit.name}={limit.soft}:{limit.hard}" for limit in workload.limits)
    yield from (f"--tmpfs={path}:mode=1777" for path in workload.writable_paths)
    yield from (f"--tmpfs={path}:{mount}".rstrip(":") for path, mount in workload.tmpfs.items())
    yield from (f"--volume={file}:{path}:ro" for path, file in workload.files.items())
    yield from _health(workload.health)


def variables(workload: Workload, *, ours: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Options that name its variables, and the environment of the docker command that holds their values.

    So no secret is on a command line, which everyone on the machine can read. Only what would change the
    docker command itself, since `ours` has it, is told in full.
    """
    values = {name: value.replace("{data}", DATA) for name, value in workload.environment.items()}
    named = [f"--env={name}={value}" if name in ours else f"--env={name}" for name, value in values.items()]
    return named, {name: value for name, value in values.items() if name not in ours}


def _health(check: ContainerCheck | None) -> Iterator[str]:
    """ECS does not read the image's own HEALTHCHECK (H16)."""
    if check is None:
        yield "--no-healthcheck"
        return
    # `docker create` takes a line for the shell; the image may have none, but then ECS's CMD form needs none.
    yield f"--health-cmd={shlex.join(check.command)}"
    yield f"--health-interval={check.interval:g}s"
    yield f"--health-timeout={check.timeout:g}s"
    yield f"--health-retries={check.retries}"
    yield f"--health-start-period={check.start_period:g}s"
