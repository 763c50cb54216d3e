"""What an engine runs: one container of a service, as its template describes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from cais.verify.errors import VerifyError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["ContainerCheck", "ImageSource", "Limit", "TargetCheck", "VerifyError", "Workload"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSource:
    """A `docker build` that the assembly asks for."""

    directory: Path
    dockerfile: str = "Dockerfile"
    build_args: Mapping[str, str] = field(default_factory=dict)
    platform: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCheck:
    """The health check of a target group. Times are in seconds.

    `codes` is the matcher as the target group has it, such as "200" or "200-299,302". `port` None is the
    port of the traffic. `protocol` TCP is a network load balancer's: a connection is enough.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    """

    path: str
    codes: str = "200"
    interval: float = 30
    timeout: float = 5
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2
    port: int | None = None
    protocol: Literal["HTTP", "HTTPS", "TCP"] = "HTTP"

    def accepts(self, status: int) -> bool:
        """Whether the matcher takes this status code."""
        return any(low <= status <= high for low, high in self.ranges())

    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The matcher as pairs of lowest and highest code."""
        parts = (part.strip().partition("-") for part in self.codes.split(","))
        return tuple((int(low), int(high or low)) for low, _, high in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerCheck:
    """A container health check. Times are in seconds; `command` is an argument list.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    """

    command: tuple[str, ...]
    interval: float = 30
    timeout: float = 5
    retries: int = 3
    start_period: float = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """A ulimit: its name as `setrlimit` has it, such as "nofile"."""

    name: str
    soft: int
    hard: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One container. Memory in MiB, `cpu` in units of 1/1024 vCPU, `stop_timeout` in seconds.

    An empty `command` or `entry_point` is the image's own. `writable_paths` are empty volumes of the task,
    `tmpfs` maps paths in memory to options of their mount, `files` paths to files of this machine. `before`
    are containers that have to have ended well before this one starts. `architecture` is the one that the
    task asks for.
    """

    name: str
    image: ImageSource | str
    port: int
    check: TargetCheck
    command: tuple[str, ...] = ()
    entry_point: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    health: ContainerCheck | None = None
    cpu: int | None = None
    memory_mib: int | None = None
    user: str | None = None
    read_only_root: bool = False
    writable_paths: tuple[str, ...] = ()
    tmpfs: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    capabilities_dropped: tuple[str, ...] = ()
    capabilities_added: tuple[str, ...] = ()
    init_process: bool = False
    stop_timeout: float = 30
    before: tuple[Workload, ...] = ()
    architecture: Literal["x86_64", "arm64"] = "x86_64"
