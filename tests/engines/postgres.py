"""A PostgreSQL of the tests' own: started when the first test asks for one, gone after the last."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.engines.missing import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "postgres"  # its servers refuse to run as root
DEBIAN = Path("/usr/lib/postgresql")
INSTALL = "on Debian or Ubuntu: apt-get install postgresql"


@dataclass(frozen=True)
class Postgres:
    """A server on 127.0.0.1, its superuser `comments` let in without a password."""

    programs: Path
    data: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://comments@127.0.0.1:{self.port}/postgres"

    def control(self, *arguments: str) -> None:
        """pg_ctl, which returns when the server has started or stopped."""
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.data.parent}"
        )
        log = str(self.data.parent / "log")
        command = [str(self.programs / "pg_ctl"), "-D", str(self.data), "-w", "-l", log, "-o", options]
        _run([*command, *arguments])

    def restart(self) -> None:
        """Stops it under its clients, and starts it again."""
        self.control("-m", "immediate", "stop")
        self.control("start")


@contextmanager
def running() -> Iterator[Postgres]:
    """A new, empty server."""
    programs = _programs()
    with TemporaryDirectory(prefix="cais-postgres-") as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        if os.geteuid() == 0:
            os.chown(folder, pwd.getpwnam(USER).pw_uid, -1)
        server = Postgres(programs=programs, data=Path(folder) / "data", port=port)
        _run([str(programs / "initdb"), "-D", str(server.data), "-A", "trust", "-U", "comments", "--no-sync"])
        free.close()
        server.control("start")
        try:
            yield server
        finally:
            server.control("-m", "immediate", "stop")


def _programs() -> Path:
    """The folder of initdb and pg_ctl: Debian keeps them out of PATH, a folder a version."""
    versions = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    if found is None:
        missing("PostgreSQL's server", INSTALL)
    return Path(found).resolve().parent


def _run(command: list[str]) -> None:
    as_user = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    subprocess.run([*as_user, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")


@pytest.fixture(scope="session")
def postgres():
    with running() as server:
        yield server
