"""The first process of the node's own process, mount and network namespaces: it starts the node's programs.

What runs, what is mounted and what is in its network ends with it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.engines.kubernetes.settings import TUNABLES, first, second, tunable

COVERED = ("/run", "/var/log", "/var/lib/cni")
"""Where kubelet, containerd and network plugins write, whatever they are told: the node has its own."""
PATIENCE_SECONDS = 120


def main(folder: Path) -> None:
    """Runs the node until one of its programs ends."""
    _mount(folder)
    started = [_start(folder, name, command) for name, command in first(folder).items()]
    _wait_for_server(folder)
    started += [_start(folder, name, command) for name, command in second(folder).items()]
    ours = {process.pid: process.args for process in started}
    while True:
        ended, status = os.wait()  # the others are those whose parents have ended: we are their heir
        if ended in ours:
            sys.exit(f"{ours[ended]} ended with {os.waitstatus_to_exitcode(status)}")


def _mount(folder: Path) -> None:
    for path in COVERED:
        Path(path).mkdir(parents=True, exist_ok=True)
        _run("mount", "-t", "tmpfs", "cais", path)
    for name in TUNABLES:
        _run("mount", "--bind", str(tunable(folder, name)), f"/proc/sys/{name}")


def _start(folder: Path, name: str, command: list[str]) -> subprocess.Popen[bytes]:
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)


def _wait_for_server(folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    command = [sys.argv[2], f"--kubeconfig={folder / 'kubeconfig'}", "get", "--raw=/readyz"]
    while subprocess.run(command, capture_output=True, check=False).returncode:
        if time.monotonic() > deadline:
            sys.exit("the API server does not answer")
        time.sleep(0.2)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
