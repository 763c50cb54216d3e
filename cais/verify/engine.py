"""What an engine does for a run, and which one this machine has."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Literal, Protocol

from cais.verify.workload import VerifyError

if TYPE_CHECKING:
    from pathlib import Path

    from cais.verify.workload import Workload

EngineName = Literal["auto", "docker", "process"]


class Running(Protocol):
    """A workload that was started."""

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        ...

    def alive(self) -> bool:
        """Whether it still runs."""
        ...

    def logs(self) -> str:
        """Its last lines of output."""
        ...

    def stop(self) -> None:
        """Asks it to end, waits for as long as it may drain, then ends it; removes what it left."""
        ...


class Engine(Protocol):
    """Something that can run a workload."""

    name: str
    leaves_out: tuple[str, ...]  # what a run on this engine does not show, for the report

    def start(self, workload: Workload, *, data: Path) -> Running:
        """Starts the workload; `{data}` in its environment becomes the path under which it sees `data`."""
        ...

    def remove_stale(self) -> int:
        """Removes what a run that was killed left behind; the number of things removed."""
        ...


def docker_answers() -> bool:
    """Whether there is a docker command with an engine behind it."""
    if shutil.which("docker") is None:
        return False
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def require_docker() -> None:
    """Raises VerifyError where no container engine answers."""
    if not docker_answers():
        raise VerifyError(
            "no container engine answers `docker version`; start Docker, or use --engine process "
            "(on Debian or Ubuntu: apt-get install docker.io)"
        )
