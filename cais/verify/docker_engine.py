"""The container engine: runs a workload with the limits that its task definition sets."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cais.verify.docker import LABEL, docker
from cais.verify.docker_options import DATA, options, variables
from cais.verify.engine import CopyState, Stopped, StoppedError
from cais.verify.errors import EngineMissingError, VerifyError
from cais.verify.own_images import build, prune
from cais.verify.owner import is_gone, owner
from cais.verify.sockets import listening_in
from cais.verify.workload import ImageSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from cais.verify.engine import Copy
    from cais.verify.workload import Workload

TAIL_LINES = 20
FORBIDDEN = "error setting rlimit"
KILLED = 137  # 128 + SIGKILL
BEFORE_SECONDS = 600
MEBI = 2**20
UNITS = {"B": 1, "KiB": 2**10, "MiB": MEBI, "GiB": 2**30, "kB": 10**3, "MB": 10**6, "GB": 10**9}


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerCopy:
    """A container that was started."""

    name: str
    container: str
    port: int
    check_port: int
    stop_timeout: float

    def logs(self) -> str:
        """The last lines of both of its streams."""
        command = ["docker", "logs", "--tail", str(TAIL_LINES), self.container]
        return subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        ).stdout

    def stop(self) -> Stopped:
        """SIGTERM, the stop timeout, SIGKILL; then the container is removed."""
        began = time.monotonic()
        running = _inspect(self.container)["State"]["Running"]
        docker("stop", "--time", f"{self.stop_timeout:.0f}", self.container)
        killed = running and _inspect(self.container)["State"]["ExitCode"] == KILLED
        docker("rm", "--force", "--volumes", self.container)
        return Stopped(seconds=time.monotonic() - began, killed=killed)

    def listening(self) -> Sequence[tuple[str, int]] | None:
        """Sockets of the container's network that take connections."""
        return listening_in(self.container, pid=_inspect(self.container)["State"]["Pid"])

    def memory_mib(self) -> float | None:
        """What the engine counts against its limit."""
        try:
            used = docker("stats", "--no-stream", "--format", "{{.MemUsage}}", self.container)
        except VerifyError:
            return None
        return _mebibytes(used.partition("/")[0].strip())


class DockerEngine:
    """Containers, each labelled with the process that it belongs to."""

    name = "docker"
    leaves_out: tuple[str, ...] = ()

    def __init__(self, *, build_args: Mapping[str, str] = MappingProxyType({})) -> None:
        """`build_args` are given to every build, such as a base image that this machine can reach."""
        self._build_args = build_args
        self._images: dict[str, str] = {}
        self._label = f"{LABEL}={owner()}"

    def prepare(self, workload: Workload) -> str:
        """Builds the image where it is a source, and has it at hand where it is a reference."""
        for each in (*workload.before, workload):
            self._image(each)
        return self._image(workload)

    def start(self, workload: Workload, *, name: str, data: Path) -> DockerCopy:
        """Runs the containers before it to their end, then starts a container."""
        data.chmod(0o777)  # the container's user is not ours
        for each in workload.before:
            self._run_to_its_end(each, data=data)
        container = self._create(workload, data=data)
        _start(container)
        ports = _inspect(container)["NetworkSettings"]["Ports"] or {}
        return DockerCopy(
            name=name,
            container=container,
            port=_published(ports, workload.port),
            check_port=_published(ports, workload.check.port or workload.port),
            stop_timeout=workload.stop_timeout,
        )

    def states(self, copies: Sequence[Copy]) -> Mapping[str, CopyState]:
        """One question for all of them: each costs a start of the docker command."""
        containers = {copy.container: copy.name for copy in copies if isinstance(copy, DockerCopy)}
        if not containers:
            return {}
        found: list[dict[str, Any]] = json.loads(docker("inspect", *containers))
        return {containers[each["Id"]]: _state(each["State"]) for each in found}

    def most_copies(self, workload: Workload) -> None:
        """As many as memory allows."""

    def _image(self, workload: Workload) -> str:
        key = str(workload.image)
        if key not in self._images:
            self._images[key] = at_hand(workload.image, build_args=self._build_args)
        return self._images[key]

    def _create(self, workload: Workload, *, data: Path) -> str:
        ports = {workload.port, workload.check.port or workload.port} - {0}
        named, values = variables(workload, ours=os.environ)
        arguments = [
            *options(workload),
            *named,
            f"--label={self._label}",
            f"--volume={data}:{DATA}",
            *(f"--publish=127.0.0.1::{port}" for port in sorted(ports)),
            self._image(workload),
            *workload.entry_point[1:],
            *workload.command,
        ]
        return docker("create", *arguments, variables=values)

    def _run_to_its_end(self, workload: Workload, *, data: Path) -> None:
        container = self._create(workload, data=data)
        try:
            _start(container)
            docker("wait", container, timeout=BEFORE_SECONDS)
            state = _state(_inspect(container)["State"])
            if state.running or state.exit_code:
                copy = DockerCopy(name="", container=container, port=0, check_port=0, stop_timeout=0)
                raise StoppedError(workload.name, state=state, logs=copy.logs())
        finally:
            docker("rm", "--force", "--volumes", container)


def remove_stale() -> int:
    """Removes the containers of processes that have ended, and images that a newer build replaced.

    The number of containers.
    """
    removed = _remove(is_gone)
    prune()
    return removed


def remove_own() -> int:
    """Removes the containers of this process, of which there should be none; their number."""
    return _remove(lambda name: name == owner())


def _remove(belongs: Callable[[str], bool]) -> int:
    found = _containers(belongs)
    if found:
        with suppress(VerifyError):  # another run that tidies up was faster with some of them
            docker("rm", "--force", "--volumes", *found)
    return len(found)


def _containers(belongs: Callable[[str], bool]) -> list[str]:
    """Those of runs, by the names of their owners."""
    row = f'{{{{.ID}}}} {{{{.Label "{LABEL}"}}}}'
    lines = docker("ps", "--all", f"--filter=label={LABEL}", f"--format={row}").splitlines()
    return [line.partition(" ")[0] for line in lines if belongs(line.partition(" ")[2])]


def at_hand(image: ImageSource | str, *, build_args: Mapping[str, str] = MappingProxyType({})) -> str:
    """The id of the image, which is built or pulled where it is not there."""
    if isinstance(image, ImageSource):
        return build(replace(image, build_args={**image.build_args, **build_args}))
    try:
        return docker("image", "inspect", "--format={{.Id}}", image)
    except VerifyError:
        docker("pull", "--quiet", image, timeout=1800)
        return docker("image", "inspect", "--format={{.Id}}", image)


def _start(container: str) -> None:
    """Starts it; that it did not start is part of its state, but for what only this machine forbids.

    Raises:
        EngineMissingError: the engine may not set a limit that the task asks for.
    """
    with suppress(VerifyError):
        docker("start", container)
    error = _inspect(container)["State"]["Error"]
    if FORBIDDEN in error:
        docker("rm", "--force", "--volumes", container)
        raise EngineMissingError(f"this machine's engine may not set a ulimit of the task: {error}")


def _inspect(container: str) -> dict[str, Any]:
    return json.loads(docker("inspect", container))[0]


def _published(ports: Mapping[str, Any], port: int) -> int:
    """The port on 127.0.0.1; one that refuses where the container has ended already."""
    bindings = ports.get(f"{port}/tcp")
    return int(bindings[0]["HostPort"]) if bindings else 1


def _state(state: dict[str, Any]) -> CopyState:
    """Docker's State."""
    health = state.get("Health") or {}
    newest = (health.get("Log") or [{}])[-1]
    status = health.get("Status", "")
    return CopyState(
        running=state["Running"],
        exit_code=None if state["Running"] else state["ExitCode"],
        out_of_memory=state["OOMKilled"],
        error=state["Error"],
        health="" if status == "none" else status,
        health_output=newest.get("Output", "").strip(),
        health_code=newest.get("ExitCode", 0),
    )


def _mebibytes(text: str) -> float | None:
    """What `docker stats` prints, such as "61.3MiB"."""
    digits = text.rstrip("BKMGTkibm")
    factor = UNITS.get(text[len(digits) :])
    return float(digits) * factor / MEBI if digits and factor else None
