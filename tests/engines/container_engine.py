"""A container engine: one that answers already, else a `dockerd` of our own for as long as it is used."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cais.verify.docker import docker, docker_answers
from cais.verify.owner import owner_of
from tests.engines import bridge
from tests.engines.cache import CACHE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RUN = Path("/run/cais")  # short, as the path of a socket has to be, and gone when the machine restarts
SOCKET = RUN / "docker.sock"
PID = RUN / "docker.pid"
OWNER = RUN / "docker.owner"  # its process and when that started
LOG = CACHE / "dockerd.log"
PATIENCE_SECONDS = 30


class EngineMissingError(Exception):
    """There is no container engine and none can be started. The text is the line that helps."""


@contextmanager
def container_engine(say: Callable[[str], None]) -> Iterator[None]:
    """An engine that every `docker` command of this process and its children reaches.

    Raises:
        EngineMissingError: none answers and none can be started.
    """
    if docker_answers():
        say("using the container engine that answers already")
        yield
        return
    if os.geteuid() or not shutil.which("dockerd") or not shutil.which("docker"):
        raise EngineMissingError("start Docker; on Debian or Ubuntu `make engines` as root installs one")
    before = os.environ.get("DOCKER_HOST")
    os.environ["DOCKER_HOST"] = f"unix://{SOCKET}"
    try:
        with _own_engine(say):
            yield
    finally:
        os.environ.pop("DOCKER_HOST")
        if before is not None:
            os.environ["DOCKER_HOST"] = before


@contextmanager
def _own_engine(say: Callable[[str], None]) -> Iterator[None]:
    """Our daemon, shared by whoever asks for it at the same time; the last one to leave stops it.

    Each user holds a shared lock, which ends with its process. So a daemon whose lock nobody holds was left
    behind by a run that was killed.
    """
    RUN.mkdir(mode=0o700, exist_ok=True)
    with (RUN / "users").open("w") as users:
        if _alone(users):
            _stop()
            say("starting a container engine")
            _start()
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield
        finally:
            if _alone(users):
                _stop()


def _alone(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _start() -> None:
    LOG.parent.mkdir(parents=True, exist_ok=True)
    bridge.make()
    # A session of its own: Ctrl-C is for the tests, which then stop it in their own order.
    command = ["setsid", "--fork", "dockerd", "--host", f"unix://{SOCKET}", "--pidfile", str(PID)]
    command += ["--data-root", str(CACHE / "docker"), "--exec-root", str(RUN / "exec")]
    command += ["--bridge", bridge.NAME, "--iptables=false", "--ip6tables=false"]
    with LOG.open("w") as log:
        subprocess.run(command, stdout=log, stderr=log, check=True)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not docker_answers():
        if time.monotonic() > deadline:
            raise EngineMissingError(f"dockerd does not start, {LOG} says why:\n{LOG.read_text()[-2000:]}")
        time.sleep(0.1)
    OWNER.write_text(owner_of(int(PID.read_text())))
    for kind in ("container", "network"):  # of a run that was killed: nobody else uses this engine
        docker(kind, "prune", "--force")


def _stop() -> None:
    """Ends our daemon, if it runs, and takes down its bridge."""
    if PID.exists():
        if docker_answers():
            containers = docker("ps", "--all", "--quiet").split()
            if containers:
                docker("rm", "--force", "--volumes", *containers)
            docker("network", "prune", "--force")
        _end(int(PID.read_text()))
    bridge.remove()
    shutil.rmtree(RUN / "exec", ignore_errors=True)


def _end(pid: int) -> None:
    """SIGTERM to the daemon, and waits until it has removed its pid file, its last act.

    A process that has got the daemon's number since is none of ours.
    """
    if not OWNER.exists() or OWNER.read_text() != owner_of(pid):
        PID.unlink()
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while PID.exists():
        if time.monotonic() > deadline:
            raise EngineMissingError(f"dockerd, process {pid}, does not end; {LOG} may say why")
        time.sleep(0.05)
