"""Whose a running thing is: a process of this machine, so that what a killed one left is known as such."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from pathlib import Path

ZOMBIE = "Z"


def owner() -> str:
    """This process, in a word: machine, process id and when it started."""
    return owner_of(os.getpid())


def owner_of(pid: int) -> str:
    """The process `pid` of this machine in a word."""
    return f"{platform.node()}/{pid}/{birth(pid).replace(' ', '_')}"


def is_gone(name: str) -> bool:
    """Whether the process that `owner_of` called `name` has ended. One of another machine has not, for us."""
    node, _, rest = name.partition("/")
    pid = rest.partition("/")[0]
    return node == platform.node() and pid.isdigit() and owner_of(int(pid)) != name


def mark(name: str) -> str:
    """What `owner_of` gave as a name, in letters that the tag of an image may have."""
    node, pid, _ = name.split("/", 2)
    return f"{_digest(node)}-{pid}-{_digest(name)}"


def mark_is_gone(marked: str) -> bool:
    """As `is_gone`, of what `mark` gave; what it did not give is nobody's, and so is not gone."""
    node, _, rest = marked.partition("-")
    pid, _, whole = rest.partition("-")
    return node == _digest(platform.node()) and pid.isdigit() and _digest(owner_of(int(pid))) != whole


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def birth(pid: int) -> str:
    """When the process started; with the pid it names one process for good.

    "" where there is none, or only what is left of one until its parent asks how it ended.
    """
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self").exists():
        try:
            state, *fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if state == ZOMBIE else fields[18]
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
