"""Ports of 127.0.0.1."""

from __future__ import annotations

import socket

HOST = "127.0.0.1"


def port_is_free(port: int) -> bool:
    """Whether nothing listens on this port."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0


def free_port() -> int:
    """One on which nothing listens."""
    with listener(0) as free:
        return port_of(free)


def listener(wish: int) -> socket.socket:
    """A socket that listens on the port `wish` where it is free, else on one that is."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, wish if wish and port_is_free(wish) else 0))
        listening.listen()
    except OSError:
        listening.close()
        if not wish:
            raise
        return listener(0)  # someone was faster
    return listening


def port_of(listening: socket.socket) -> int:
    """The port that it listens on."""
    return listening.getsockname()[1]
