"""`cais up`: one workload kept running until it is told to stop."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from cais.verify.prober import wait_until_healthy
from cais.verify.workload import VerifyError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cais.verify.engine import Engine, Running
    from cais.verify.workload import Workload

HOST = "127.0.0.1"


def bring_up(
    *,
    workload: Workload,
    engine: Engine,
    data: Path,
    patience: float,
    smoke_test: Sequence[str],
    say: Callable[[str], None],
) -> Running:
    """The workload, running, healthy and through its smoke test.

    `patience` is how long it may take to be healthy, in seconds. The smoke test is a command that gets the
    URL as its last argument.

    Raises:
        VerifyError: it did not come up. What was started is stopped again.
    """
    stale = engine.remove_stale()
    if stale:
        say(f"removed {stale} left by a run that was killed")
    say(f"starting {workload.name} on the {engine.name} engine")
    running = engine.start(workload, data=data)
    try:
        took = wait_until_healthy(
            host=HOST, port=running.port, check=workload.check, patience=patience, alive=running.alive
        )
        say(f"healthy at {workload.check.path} after {took:.1f} s")
        if smoke_test:
            subprocess.run([*smoke_test, url(running)], check=True, stdout=sys.stderr)
    except (VerifyError, subprocess.CalledProcessError, OSError) as error:
        logs = running.logs()
        running.stop()
        raise VerifyError(f"{error}\nthe last lines of {workload.name}:\n{logs}") from error
    except KeyboardInterrupt:
        running.stop()
        raise
    return running


def url(running: Running) -> str:
    """Where the workload answers."""
    return f"http://{HOST}:{running.port}"


def wait(running: Running) -> None:
    """Returns when the workload has ended."""
    while running.alive():
        time.sleep(1)
