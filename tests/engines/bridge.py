"""The network of our containers: a bridge of its own, and the few firewall rules that let it out.

The daemon makes no rules itself: those that it makes are many, and stay when it is gone.
"""

from __future__ import annotations

import subprocess

NAME = "cais0"
ADDRESS = "172.31.254.1/24"
MARK = ("-m", "comment", "--comment", "cais")
RULES = (
    ("nat", "POSTROUTING", "-s", ADDRESS, "!", "-o", NAME, *MARK, "-j", "MASQUERADE"),
    ("filter", "FORWARD", "-i", NAME, *MARK, "-j", "ACCEPT"),
    ("filter", "FORWARD", "-o", NAME, *MARK, "-j", "ACCEPT"),
)


def make() -> None:
    """The bridge and its rules; what was left of an earlier one goes first."""
    remove()
    _run("ip", "link", "add", "name", NAME, "type", "bridge")
    _run("ip", "address", "add", ADDRESS, "dev", NAME)
    _run("ip", "link", "set", NAME, "up")
    for table, chain, *rule in RULES:
        _run("iptables", "--table", table, "--insert", chain, *rule)


def remove() -> None:
    """Takes back what `make` did, and nothing else; where there is nothing of it, nothing happens."""
    for table, chain, *rule in RULES:
        while _run("iptables", "--table", table, "--delete", chain, *rule, check=False):
            pass
    _run("ip", "link", "delete", NAME, check=False)


def _run(*command: str, check: bool = True) -> bool:
    """Whether the command succeeded."""
    return subprocess.run(command, stderr=None if check else subprocess.DEVNULL, check=check).returncode == 0
