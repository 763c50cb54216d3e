"""HAProxy as the load balancer: started, told of targets, asked for their health."""

from __future__ import annotations

import csv
import io
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from cais.verify.errors import EngineMissingError, VerifyError
from cais.verify.haproxy_config import BACKEND, FAIL_OPEN, configuration
from cais.verify.ports import HOST, listener, port_of
from cais.verify.runs import record
from cais.verify.target_health import PASSED, Outcome, TargetHealth, failed, mismatch, timed_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cais.verify.ecs_service import Rules
    from cais.verify.report import StateChange
    from cais.verify.workload import TargetCheck

PROGRAM = "haproxy"
START_SECONDS = 10


def installed() -> bool:
    """Whether this machine has HAProxy."""
    return shutil.which(PROGRAM) is not None


@dataclass(slots=True, kw_only=True)
class HaproxyBalancer:
    """A load balancer for as long as it is entered. `folder` is that of the run.

    It listens on `port` where that is free, and `clock` gives seconds since the run began. `first_checks` is
    how many checks a new target has to pass: AWS's developer guide of late says one, older pages the healthy
    threshold, which is the default here.
    """

    check: TargetCheck
    rules: Rules
    traffic_port: int
    slots: int
    folder: Path
    clock: Callable[[], float]
    port: int = 0
    first_checks: int | None = None
    targets: dict[str, TargetHealth] = field(default_factory=dict)
    _slot_of: dict[str, str] = field(default_factory=dict)
    _next_slot: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        """Starts it; without targets it answers 503."""
        if not installed():
            raise EngineMissingError("HAProxy is missing; on Debian or Ubuntu: apt-get install haproxy")
        with listener(self.port) as listening:
            self.port = port_of(listening)
            self._process = self._start(listening.fileno())
        record(self.folder, PROGRAM, pid=self._process.pid)
        try:
            self._wait_until_it_listens(self._process)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stops it."""
        if self._process:
            self._process.kill()  # it drains nobody: its targets are stopped before
            self._process.wait()
        self._socket.unlink(missing_ok=True)

    def register(self, copy: str, *, port: int, check_port: int, host: str = HOST) -> None:
        """A target that was started: it gets requests once it is healthy."""
        slot = self._free_slot()
        self._slot_of[copy] = slot
        for backend in (BACKEND, FAIL_OPEN):
            self._tell(f"set server {backend}/{slot} addr {host} port {port}")
        self._tell(f"set server {BACKEND}/{slot} check-port {check_port}")
        # HAProxy takes a new server for well, a load balancer does not: no requests until it is.
        self._tell(f"set server {BACKEND}/{slot} state drain")
        self._tell(f"set server {BACKEND}/{slot} health down")
        self._tell(f"set server {BACKEND}/{slot} state ready")
        self._tell(f"set server {FAIL_OPEN}/{slot} state ready")
        self.targets[copy] = TargetHealth.registered(copy, check=self.check, at=self.clock())

    def deregister(self, copy: str) -> StateChange:
        """No new requests for this target; those in flight go on."""
        for backend in (BACKEND, FAIL_OPEN):
            self._tell(f"set server {backend}/{self._slot_of[copy]} state drain")
        self.targets[copy] = self.targets[copy].leaving(at=self.clock())
        return self.targets[copy].now

    def remove(self, copy: str) -> None:
        """The target is gone."""
        for backend in (BACKEND, FAIL_OPEN):
            self._tell(f"set server {backend}/{self._slot_of[copy]} state maint")
        del self.targets[copy]
        del self._slot_of[copy]

    def in_flight(self, copy: str) -> int:
        """How many requests the target works on."""
        slot = self._slot_of[copy]
        rows = (self._statistics(backend)[slot] for backend in (BACKEND, FAIL_OPEN))
        return sum(int(row["scur"]) for row in rows)

    def poll(self) -> list[StateChange]:
        """What changed since the last time."""
        rows = self._statistics(BACKEND)
        changes: list[StateChange] = []
        for copy, before in self.targets.items():
            row = rows[self._slot_of[copy]]
            outcome, up = _outcome(row), row["status"].startswith("UP")
            if self.first_checks == 1 and before.now.state == "initial" and outcome == PASSED and not up:
                self._tell(f"set server {BACKEND}/{self._slot_of[copy]} health up")
                up = True
            after = before.seen(outcome, up=up, at=self.clock())
            self.targets[copy] = after
            if after.now != before.now:
                changes.append(after.now)
        return changes

    def _free_slot(self) -> str:
        """The next one, so that one which is used again has been free for the longest time."""
        taken = set(self._slot_of.values())
        for _ in range(self.slots):
            slot = f"t{self._next_slot % self.slots}"
            self._next_slot += 1
            if slot not in taken:
                return slot
        raise VerifyError(f"more than {self.slots} targets are registered at the same time")

    @property
    def _socket(self) -> Path:
        return self.folder / "admin.sock"

    @property
    def _log(self) -> Path:
        return self.folder / "haproxy.log"

    def _start(self, listening: int) -> subprocess.Popen[bytes]:
        settings = self.folder / "haproxy.cfg"
        text = configuration(
            socket=self._socket,
            listener=listening,
            traffic_port=self.traffic_port,
            check=self.check,
            rules=self.rules,
            slots=self.slots,
        )
        settings.write_text(text, encoding="utf-8")
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [PROGRAM, "-db", "-f", str(settings)],
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[listening],
                start_new_session=True,  # Ctrl-C is for us, who stop it in our own order
            )

    def _wait_until_it_listens(self, process: subprocess.Popen[bytes]) -> None:
        give_up = time.monotonic() + START_SECONDS
        while not self._socket.exists():
            if process.poll() is not None or time.monotonic() > give_up:
                raise VerifyError(f"haproxy does not start:\n{self._log.read_text()}")
            time.sleep(0.02)
        self._tell("show info")  # answered only once every port is its own

    def _tell(self, command: str) -> str:
        """Its answer to a command of the Runtime API."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(START_SECONDS)
            try:
                connection.connect(str(self._socket))
                connection.sendall(f"{command}\n".encode())
                return b"".join(iter(lambda: connection.recv(65536), b"")).decode()
            except OSError as error:
                said = self._log.read_text() if self._log.exists() else ""
                raise VerifyError(f"haproxy does not answer: {error}\n{said}") from error

    def _statistics(self, backend: str) -> Mapping[str, dict[str, str]]:
        text = self._tell("show stat").removeprefix("# ")
        rows = csv.DictReader(io.StringIO(text))
        return {row["svname"]: row for row in rows if row["pxname"] == backend}


def _outcome(row: Mapping[str, str]) -> Outcome | None:
    """Of the newest check that is complete, in the words of the load balancer; None before the first."""
    status = row["check_status"].removeprefix("* ")
    if status in {"L7OK", "L4OK", "L6OK", "L7OKC"}:
        return PASSED
    if status == "L7STS":
        return mismatch(int(row["check_code"]))
    if status in {"L4TOUT", "L6TOUT", "L7TOUT"}:
        return timed_out()
    if status in {"", "UNK", "INI", "CHECKED"}:
        return None
    return failed(row["last_chk"] or status)
