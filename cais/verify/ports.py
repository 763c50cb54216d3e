"""Ports of 127.0.0.1."""

from __future__ import annotations

import socket

HOST = "127.0.0.1"


def port_is_free(port: int) -> bool:
    """Whether nothing listens on this port."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0


def free_port(wish: int = 0) -> int:
    """The port `wish` where it is free, else one that is."""
    if wish and port_is_free(wish):
        return wish
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
