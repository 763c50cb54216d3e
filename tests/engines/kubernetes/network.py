"""The network of the node of Kubernetes: a namespace, and a wire between it and this machine.

Its firewall rules are those of the namespace: this machine gets none.
"""

from __future__ import annotations

import subprocess

from tests.engines.kubernetes.settings import HOST, NODE, PODS

NAMESPACE = "cais"
FILE = f"/run/netns/{NAMESPACE}"
WIRE = "cais1"


def attach() -> None:
    """Makes it; pods are reached by the addresses that they have."""
    inside = ("-n", NAMESPACE)
    _ip("netns", "add", NAMESPACE)
    _ip("link", "add", WIRE, "type", "veth", "peer", "name", "eth0", "netns", NAMESPACE)
    _ip("address", "add", f"{HOST}/30", "dev", WIRE)
    _ip("link", "set", WIRE, "up")
    _ip(*inside, "address", "add", f"{NODE}/30", "dev", "eth0")
    _ip(*inside, "link", "set", "eth0", "up")
    _ip(*inside, "link", "set", "lo", "up")
    _ip(*inside, "route", "add", "default", "via", HOST)
    _ip("route", "add", PODS, "via", NODE)


def detach() -> None:
    """Removes it with everything in it; where there is none, nothing happens."""
    _ip("link", "delete", WIRE, check=False)
    _ip("netns", "delete", NAMESPACE, check=False)


def _ip(*words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words], stderr=None if check else subprocess.DEVNULL, check=check)
