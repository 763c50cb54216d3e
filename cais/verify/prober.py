"""Probes a target the way a target group does."""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import TYPE_CHECKING

from cais.verify.haproxy_config import TARGET_ADDRESS, USER_AGENT
from cais.verify.target_health import PASSED, Outcome, failed, mismatch, timed_out

if TYPE_CHECKING:
    from cais.verify.workload import TargetCheck


def probe(host: str, port: int, check: TargetCheck) -> Outcome:
    """One health check, made like those of HAProxy and judged in the words of the load balancer."""
    try:
        if check.protocol == "TCP":
            socket.create_connection((host, port), timeout=check.timeout).close()
            return PASSED
        status = _status(host, port, check)
    except TimeoutError:
        return timed_out()
    except (OSError, http.client.HTTPException) as error:
        return failed(str(error))
    return PASSED if check.accepts(status) else mismatch(status)


def _status(host: str, port: int, check: TargetCheck) -> int:
    connection = _connection(host, port, check)
    headers = {"User-Agent": USER_AGENT, "Host": f"{TARGET_ADDRESS}:{port}", "Connection": "close"}
    try:
        connection.request("GET", check.path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _connection(host: str, port: int, check: TargetCheck) -> http.client.HTTPConnection:
    if check.protocol == "HTTP":
        return http.client.HTTPConnection(host, port, timeout=check.timeout)
    anyone = ssl.create_default_context()
    anyone.check_hostname = False
    anyone.verify_mode = ssl.CERT_NONE  # a load balancer does not verify a target's certificate
    return http.client.HTTPSConnection(host, port, timeout=check.timeout, context=anyone)
