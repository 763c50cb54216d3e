"""What pods show while they run: their image, their memory, how long a failing probe is let be."""

from __future__ import annotations

import json
import re
import socket
from typing import TYPE_CHECKING, Any

from cais.verify.errors import EngineMissingError, VerifyError
from cais.verify.report import Memory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cais.verify.kube import Cluster

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
MEBIBYTE = 2**20
REACH_SECONDS = 5
UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "k": 10**3, "M": 10**6, "G": 10**9, "": 1}
QUANTITY = re.compile(r"(\d+)(Ki|Mi|Gi|k|M|G|)")
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


def used_mib(cluster: Cluster, pods: Sequence[Mapping[str, Any]]) -> float | None:
    """The most memory that one of the pods uses; None where the kubelets do not tell us."""
    names = {pod["metadata"]["name"] for pod in pods}
    nodes = {pod["spec"].get("nodeName", "") for pod in pods}
    try:
        summaries = [
            json.loads(cluster.kubectl("get", f"--raw=/api/v1/nodes/{node}/proxy/stats/summary"))
            for node in nodes - {""}
        ]
    except VerifyError:
        return None
    used = (
        _counted(pod)
        for summary in summaries
        for pod in summary.get("pods", [])
        if pod["podRef"]["namespace"] == cluster.namespace and pod["podRef"]["name"] in names
    )
    return max((amount / MEBIBYTE for amount in used if amount), default=None)


def _counted(pod: Mapping[str, Any]) -> int:
    """Bytes of its containers, 0 where the kubelet has not counted them yet."""
    given = [each.get("memory", {}).get("workingSetBytes", 0) for each in pod.get("containers", [])]
    return pod.get("memory", {}).get("workingSetBytes", 0) or (sum(given) if all(given) else 0)


def memory(rest: float | None, busy: float | None, pods: Sequence[Mapping[str, Any]]) -> Memory | None:
    """Of one pod; `rest` and `busy` in MiB. None where they are not known."""
    if rest is None or busy is None:
        return None
    limits = (
        each.get("resources", {}).get("limits", {}).get("memory", "")
        for pod in pods
        for each in pod["spec"]["containers"]
    )
    found = next(filter(None, (QUANTITY.fullmatch(limit) for limit in limits)), None)
    limit = int(found[1]) * UNITS[found[2]] // MEBIBYTE if found else None
    return Memory(at_rest=rest, under_load=max(rest, busy), limit=limit)
