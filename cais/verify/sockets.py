"""Which addresses a container takes connections on, as the Linux kernel lists them.

https://docs.kernel.org/networking/proc_net_tcp.html
"""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path

from cais.verify.docker import docker
from cais.verify.errors import VerifyError

LISTENING = "0A"
WORD = 8  # hexadecimal digits of four bytes
PATHS = ("/proc/net/tcp", "/proc/net/tcp6")


def listening_in(container: str, *, pid: int) -> tuple[tuple[str, int], ...] | None:
    """Addresses and ports; None where they cannot be seen. `pid` is of the container's first process."""
    text = _of_process(container, pid) or _from_inside(container)
    return None if text is None else parse(text)


def parse(text: str) -> tuple[tuple[str, int], ...]:
    """The listening sockets of the kernel's tables."""
    rows = [line.split() for line in text.splitlines()]
    local = [row[1] for row in rows if len(row) > 3 and row[3] == LISTENING]  # noqa: PLR2004 - the state's column
    return tuple((_address(address), int(port, 16)) for address, _, port in map(_split, local))


def _split(local: str) -> tuple[str, str, str]:
    return local.partition(":")


def _address(digits: str) -> str:
    """Four-byte words in this machine's byte order."""
    words = [digits[start : start + WORD] for start in range(0, len(digits), WORD)]
    raw = b"".join(int(word, 16).to_bytes(4, sys.byteorder) for word in words)
    return str(ipaddress.ip_address(raw))


def _of_process(container: str, pid: int) -> str | None:
    """From this machine's own /proc, where the container's processes are in it."""
    process = Path(f"/proc/{pid}")
    try:
        if not pid or container not in (process / "cgroup").read_text():
            return None
        return "\n".join((process / path.removeprefix("/proc/")).read_text() for path in PATHS)
    except OSError:
        return None


def _from_inside(container: str) -> str | None:
    try:
        return docker("exec", container, "cat", *PATHS)
    except VerifyError:
        return None
