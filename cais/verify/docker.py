"""The container engine: runs a workload with the limits that its task definition sets."""

from __future__ import annotations

import shlex
import socket
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cais.verify.workload import ImageSource, VerifyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cais.verify.workload import Workload

DATA = "/data"
CPU_UNITS = 1024  # of one vCPU
LABEL = "cais.run"
TAG = "cais-run"


def docker(*arguments: str, timeout: float = 600) -> str:
    """What `docker ARGUMENTS` prints.

    Raises:
        VerifyError: it failed; with the last lines that it said.
    """
    done = subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, timeout=timeout, check=False
    )
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        raise VerifyError(f"`docker {shlex.join(arguments[:2])}` failed:\n{said}")
    return done.stdout.strip()


@dataclass(slots=True, kw_only=True)
class DockerRunning:
    """A container that was started."""

    container: str
    port: int
    stop_timeout: float

    def alive(self) -> bool:
        """Whether the container runs."""
        return docker("inspect", "--format", "{{.State.Running}}", self.container) == "true"

    def logs(self) -> str:
        """The last lines of both of its streams."""
        command = ["docker", "logs", "--tail", "20", self.container]
        return subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        ).stdout

    def stop(self) -> None:
        """SIGTERM, the stop timeout, SIGKILL; then the container is removed."""
        docker("stop", "--time", str(int(self.stop_timeout)), self.container)
        docker("rm", "--force", "--volumes", self.container)


class DockerEngine:
    """Containers by the `docker` command, so that any engine behind it will do."""

    name = "docker"
    leaves_out: tuple[str, ...] = ()

    def __init__(self, *, run_id: str) -> None:
        """`run_id` labels the containers, so that a later run finds what this one left."""
        self.label = f"{LABEL}={run_id}"

    def remove_stale(self) -> int:
        """Removes the containers of a run that was killed, and images that a newer build replaced.

        The number of containers.
        """
        stale = docker("ps", "--all", "--quiet", "--filter", f"label={self.label}").split()
        if stale:
            docker("rm", "--force", "--volumes", *stale)
        docker("image", "prune", "--force", "--filter", f"label={LABEL}")
        return len(stale)

    def start(self, workload: Workload, *, data: Path) -> DockerRunning:
        """Builds the image where it is a source, and starts a container of it."""
        image = build(workload.image) if isinstance(workload.image, ImageSource) else workload.image
        data.chmod(0o777)  # the container's user is not ours
        publish = workload.port if port_is_free(workload.port) else 0
        options = [*_options(workload), "--label", self.label, "--volume", f"{data}:{DATA}"]
        options += ["--publish", f"127.0.0.1:{publish or ''}:{workload.port}"]
        container = docker("run", "--detach", *options, image, *workload.entry_point[1:], *workload.command)
        published = docker("port", container, str(workload.port)).splitlines()[0]
        return DockerRunning(
            container=container, port=int(published.rsplit(":", 1)[1]), stop_timeout=workload.stop_timeout
        )


def build(source: ImageSource) -> str:
    """Builds the image as the assembly asks; its id. The tag keeps the newest one from being pruned."""
    arguments = [
        "--quiet",
        "--tag",
        TAG,
        "--label",
        LABEL,
        "--file",
        str(source.directory / source.dockerfile),
    ]
    arguments += [
        part for name, value in source.build_args.items() for part in ("--build-arg", f"{name}={value}")
    ]
    if source.platform:
        arguments += ["--platform", source.platform]
    return docker("build", *arguments, str(source.directory), timeout=1800).splitlines()[-1]


def port_is_free(port: int) -> bool:
    """Whether nothing listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _options(workload: Workload) -> Iterator[str]:
    """The task definition's settings as options of `docker run`."""
    for name, value in workload.environment.items():
        yield from ("--env", f"{name}={value.replace('{data}', DATA)}")
    if workload.entry_point:
        yield from ("--entrypoint", workload.entry_point[0])
    if workload.memory_mib:
        yield from ("--memory", f"{workload.memory_mib}m", "--memory-swap", f"{workload.memory_mib}m")
    if workload.cpu:
        yield from ("--cpus", f"{workload.cpu / CPU_UNITS:g}")
    if workload.user:
        yield from ("--user", workload.user)
    if workload.read_only_root:
        yield "--read-only"
    for path in workload.writable_paths:
        yield from ("--tmpfs", f"{path}:mode=1777")
    if workload.health_command:
        yield from ("--health-cmd", shlex.join(workload.health_command))
