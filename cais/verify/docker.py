"""The `docker` command, so that any engine behind it will do."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from types import MappingProxyType
from typing import TYPE_CHECKING

from cais.verify.errors import EngineMissingError, VerifyError

if TYPE_CHECKING:
    from collections.abc import Mapping

LABEL = "cais.run"


def docker(*arguments: str, timeout: float = 600, variables: Mapping[str, str] = MappingProxyType({})) -> str:
    """What `docker ARGUMENTS` prints. `variables` are added to its environment.

    Raises:
        VerifyError: it failed; with the last lines that it said.
    """
    try:
        done = subprocess.run(
            ["docker", *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env={**os.environ, **variables},
        )
    except subprocess.TimeoutExpired as error:
        raise VerifyError(
            f"`docker {shlex.join(arguments[:2])}` did not end within {timeout:.0f} s"
        ) from error
    except FileNotFoundError as error:
        raise EngineMissingError(f"there is no docker command; {INSTALL}") from error
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        raise VerifyError(f"`docker {shlex.join(arguments[:2])}` failed:\n{said}")
    return done.stdout.strip()


def docker_answers() -> bool:
    """Whether there is a docker command with an engine behind it."""
    if shutil.which("docker") is None:
        return False
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


INSTALL = (
    "start Docker, or use --engine process (on Debian or Ubuntu: "
    "apt-get install --no-install-recommends docker.io)"
)


def require_docker() -> None:
    """Raises EngineMissingError where no container engine answers."""
    if not docker_answers():
        raise EngineMissingError(f"no container engine answers `docker version`; {INSTALL}")
