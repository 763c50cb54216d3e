"""The control groups of the node's pods: those below one of our own."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.engines.kubernetes.settings import CGROUP

ROOT = Path("/sys/fs/cgroup")
PATIENCE_SECONDS = 10


def make() -> None:
    """Our own, of every controller."""
    for controller in _controllers():
        (controller / CGROUP).mkdir(exist_ok=True)


def remove() -> None:
    """Ours with those inside it; their processes have ended, or are about to."""
    for controller in _controllers():
        for folder, _, _ in os.walk(controller / CGROUP, topdown=False):
            _remove(Path(folder))


def _controllers() -> list[Path]:
    """The roots: a single one in version 2 of control groups, one for each controller in version 1."""
    if (ROOT / "cgroup.controllers").exists():
        return [ROOT]
    return [path for path in ROOT.iterdir() if path.is_dir() and not path.is_symlink()]


def _remove(group: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            group.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
