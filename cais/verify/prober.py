"""Probes a target the way a target group does."""

from __future__ import annotations

import http.client
import time
from typing import TYPE_CHECKING

from cais.verify.workload import VerifyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cais.verify.workload import TargetCheck

USER_AGENT = "ELB-HealthChecker/2.0"


def probe(host: str, port: int, check: TargetCheck) -> str:
    """One health check: "" when it passes, else the reason in the words of the load balancer."""
    connection = http.client.HTTPConnection(host, port, timeout=check.timeout)
    try:
        connection.request("GET", check.path, headers={"User-Agent": USER_AGENT})
        status = connection.getresponse().status
    except TimeoutError:
        return "Target.Timeout: Request timed out"
    except (OSError, http.client.HTTPException) as error:
        return f"Target.FailedHealthChecks: {error}"
    finally:
        connection.close()
    if check.accepts(status):
        return ""
    return f"Target.ResponseCodeMismatch: Health checks failed with these codes: [{status}]"


def wait_until_healthy(
    *, host: str, port: int, check: TargetCheck, patience: float, alive: Callable[[], bool]
) -> float:
    """Probes until the first check passes; the seconds that took.

    The checks come every half second instead of every `check.interval`: this waits for the program, it
    does not model the load balancer.

    Raises:
        VerifyError: the program ended, or did not pass within `patience` seconds.
    """
    start = time.monotonic()
    reason = "no check was made"
    while time.monotonic() - start < patience:
        if not alive():
            raise VerifyError(f"the service ended before it was healthy; last check: {reason}")
        reason = probe(host, port, check)
        if not reason:
            return time.monotonic() - start
        time.sleep(0.5)
    raise VerifyError(f"not healthy within {patience:.0f} s at {check.path}: {reason}")
