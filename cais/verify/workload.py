"""What an engine runs: one container of a service, as its template describes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cais.verify.errors import VerifyError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


__all__ = ["ImageSource", "TargetCheck", "VerifyError", "Workload"]


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

    `codes` is the matcher as the target group has it, such as "200" or "200-299,302".
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    """

    path: str
    codes: str = "200"
    interval: float = 30
    timeout: float = 5
    healthy_threshold: int = 5

    def accepts(self, status: int) -> bool:
        """Whether the matcher takes this status code."""
        for part in self.codes.split(","):
            low, _, high = part.strip().partition("-")
            if int(low) <= status <= int(high or low):
                return True
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One container. Memory in MiB, `cpu` in units of 1/1024 vCPU, `stop_timeout` in seconds.

    An empty `command` or `entry_point` is the image's own. `health_command` is the container health
    check, as an argument list. `writable_paths` are empty volumes of the task.
    """

    name: str
    image: ImageSource | str
    port: int
    check: TargetCheck
    command: tuple[str, ...] = ()
    entry_point: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    health_command: tuple[str, ...] = ()
    cpu: int | None = None
    memory_mib: int | None = None
    user: str | None = None
    read_only_root: bool = False
    writable_paths: tuple[str, ...] = ()
    stop_timeout: float = 30
