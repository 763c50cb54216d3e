"""What an engine does for a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from cais.verify.errors import VerifyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cais.verify.workload import Workload

EngineName = Literal["auto", "docker", "process"]
ContainerHealth = Literal["", "starting", "healthy", "unhealthy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyState:
    """How a copy is. `exit_code` is set once it has ended; `error` is why it could not be started.

    `health` is that of the container's own check, "" where there is none; `health_output` is what the
    newest check printed, `health_code` its exit code.
    """

    running: bool
    exit_code: int | None = None
    out_of_memory: bool = False
    error: str = ""
    health: ContainerHealth = ""
    health_output: str = ""
    health_code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """How a copy ended when it was told to: after how many seconds, and whether it had to be killed."""

    seconds: float
    killed: bool


class Copy(Protocol):
    """A copy of the service that was started."""

    @property
    def name(self) -> str:
        """Of this run's copies."""
        ...

    @property
    def port(self) -> int:
        """Where it takes requests, on 127.0.0.1."""
        ...

    @property
    def check_port(self) -> int:
        """Where it takes health checks, on 127.0.0.1."""
        ...

    def logs(self) -> str:
        """Its last lines of output."""
        ...

    def stop(self) -> Stopped:
        """Asks it to end, waits for as long as it may drain, then ends it; removes what it left."""
        ...

    def listening(self) -> Sequence[tuple[str, int]] | None:
        """Addresses and ports inside of it that take connections; None where that cannot be seen."""
        ...

    def memory_mib(self) -> float | None:
        """What it uses now; None where that cannot be seen."""
        ...


class Engine(Protocol):
    """Something that can run a workload."""

    name: str
    leaves_out: tuple[str, ...]  # what a run on this engine does not show, for the report

    def prepare(self, workload: Workload) -> str:
        """Builds or installs what the workload needs; the image's digest, "" where there is no image."""
        ...

    def start(self, workload: Workload, *, name: str, data: Path) -> Copy:
        """Starts a copy; `{data}` in its environment becomes the path under which it sees `data`.

        Raises:
            StoppedError: a container that has to end well before this one did not.
        """
        ...

    def states(self, copies: Sequence[Copy]) -> Mapping[str, CopyState]:
        """How the copies are, by name."""
        ...

    def most_copies(self, workload: Workload) -> int | None:
        """How many copies can run at the same time; None for any number."""
        ...


class StoppedError(VerifyError):
    """A container of a task ended before the service could start."""

    def __init__(self, container: str, *, state: CopyState, logs: str) -> None:
        super().__init__(f"the container {container} ended with {state.exit_code}")
        self.container = container
        self.state = state
        self.logs = logs
