"""What pods show while they run: their image, the way to them, how long a failing probe is let be."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any

from cais.verify.errors import EngineMissingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
REACH_SECONDS = 5
DELAY, PERIOD, TIMEOUT, FAILURES = 0, 10, 1, 3
"""Of a probe that does not say.
https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe"""


def image_digest(pods: Sequence[Mapping[str, Any]]) -> str:
    """The digest of the image that the pods run, "" where none runs."""
    for pod in pods:
        for status in pod.get("status", {}).get("containerStatuses", []):
            if found := DIGEST.search(status.get("imageID", "")):
                return found[0]
    return ""


def liveness_seconds(pods: Sequence[Mapping[str, Any]]) -> float:
    """How long after a pod was ready a liveness probe that never passes has it restarted, at most."""
    probes = (
        each["livenessProbe"] for pod in pods for each in pod["spec"]["containers"] if "livenessProbe" in each
    )
    return max((_patience(probe) for probe in probes), default=0)


def _patience(probe: Mapping[str, Any]) -> float:
    failures = probe.get("periodSeconds", PERIOD) * probe.get("failureThreshold", FAILURES)
    return probe.get("initialDelaySeconds", DELAY) + failures + probe.get("timeoutSeconds", TIMEOUT)


def require_reachable(addresses: Sequence[str], port: int) -> None:
    """Sees to it that pods which are ready can be asked from here.

    Raises:
        EngineMissingError: this machine has no way to their network, so nothing about them can be told.
    """
    for address in addresses:
        try:
            socket.create_connection((address, port), timeout=REACH_SECONDS).close()
        except ConnectionRefusedError:
            pass  # the way is there
        except OSError as error:
            raise EngineMissingError(
                f"the pods are ready, but this machine does not reach them at {address}:{port} ({error}); "
                "run it where it does, or add a route to their network (to that of kind: "
                "`ip route add 10.244.0.0/16 via ADDRESS-OF-THE-NODE`)"
            ) from error
