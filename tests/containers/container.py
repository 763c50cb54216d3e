"""A container of our image, run the way that EcsStack runs it."""

from __future__ import annotations

import os
import subprocess
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cais.contract import load_contract
from cais.verify.docker import docker

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTRACT = load_contract(Path(__file__).parents[2] / "service" / "contract.toml")
LABEL = "cais.test"
HARDENED = (
    "--init",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    f"--memory={CONTRACT.memory_mib}m",
    f"--memory-swap={CONTRACT.memory_mib}m",
    f"--cpus={CONTRACT.cpu / 1024}",
)


@dataclass(frozen=True)
class Container:
    """A container that was started; `port` is on 127.0.0.1."""

    id: str
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def inspect(self, template: str) -> str:
        """What `docker inspect` says, as Docker's `template` asks."""
        return docker("inspect", f"--format={{{{{template}}}}}", self.id)

    def answers(self) -> bool:
        """Whether it answers on its health path."""
        try:
            urllib.request.urlopen(f"{self.url}{CONTRACT.health_path}", timeout=5).close()
        except (urllib.error.URLError, OSError):
            return False
        return True

    def logs(self) -> str:
        """Everything that it printed."""
        command = ["docker", "logs", self.id]
        output = subprocess.PIPE
        return subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, text=True, check=True).stdout


@contextmanager
def run(
    image: str, *options: str, command: tuple[str, ...] = (), port: int = CONTRACT.port
) -> Iterator[Container]:
    """A container of `image`, removed in the end."""
    remove_stale()
    own = f"--label={LABEL}={os.getpid()}"
    identity = docker(
        "run", "--detach", own, *HARDENED, f"--publish=127.0.0.1::{port}", *options, image, *command
    )
    try:
        published = docker("port", identity, str(port)).splitlines()
        yield Container(id=identity, port=int(published[0].rpartition(":")[2]) if published else 0)
    finally:
        docker("rm", "--force", "--volumes", identity)


def remove_stale() -> None:
    """Removes what tests whose process was killed left behind."""
    row = f'{{{{.ID}}}} {{{{.Label "{LABEL}"}}}}'
    for line in docker("ps", "--all", f"--filter=label={LABEL}", f"--format={row}").splitlines():
        identity, owner = line.split()
        if not Path("/proc", owner).exists():
            docker("rm", "--force", "--volumes", identity)
