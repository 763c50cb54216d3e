"""Pods as the API has them, and why they do not become ready, in the terms of the catalogue.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cais.verify.report import VerifyFinding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOG_LINES = 12
ENOUGH_RESTARTS = 2
OUT_OF_MEMORY = "OOMKilled"
NO_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"})
NOT_MADE = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})
STUCK = NO_IMAGE | NOT_MADE
STATUS = re.compile(r"statuscode: (\d+)")
REDIRECTS = range(300, 400)
REFUSALS = (401, 403)
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """A pod. `restarts` counts those of all its containers; `ended` is why the last one ended."""

    name: str
    address: str
    ready: bool
    leaving: bool
    restarts: int
    waiting: str
    waiting_message: str
    ended: str
    exit_code: int | None

    @property
    def hopeless(self) -> bool:
        """Whether to wait longer for it is of no use."""
        return self.waiting in STUCK or self.restarts >= ENOUGH_RESTARTS


def read_pod(given: Mapping[str, Any]) -> Pod:
    """A pod out of its JSON."""
    status = given.get("status", {})
    containers = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    waiting = [each["state"]["waiting"] for each in containers if "waiting" in each.get("state", {})]
    ended = [last for each in containers if (last := _ended(each))]
    conditions = {each["type"]: each["status"] for each in status.get("conditions", [])}
    # "PodInitializing" and "ContainerCreating" are on the way, not in it.
    reasons = [each for each in waiting if each.get("reason") not in {"PodInitializing", "ContainerCreating"}]
    return Pod(
        name=given["metadata"]["name"],
        address=status.get("podIP", ""),
        ready=conditions.get("Ready") == "True",
        leaving="deletionTimestamp" in given["metadata"],
        restarts=sum(each.get("restartCount", 0) for each in containers),
        waiting=reasons[0].get("reason", "") if reasons else "",
        waiting_message=reasons[0].get("message", "") if reasons else "",
        ended=ended[0].get("reason", "") if ended else "",
        exit_code=ended[0].get("exitCode") if ended else None,
    )


def _ended(container: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """How a container that failed has ended, now or the time before."""
    for state in (container.get("state", {}), container.get("lastState", {})):
        if state.get("terminated", {}).get("exitCode"):
            return state["terminated"]
    return None


def diagnose(
    pods: Iterable[Pod], events: Iterable[str], *, resource: str, logs: str, said: str = ""
) -> VerifyFinding:
    """Why pods did not become ready.

    `events` are messages of their warnings, the newest last; `said` is what helm gave for a reason.
    """
    cause, message, fix = _cause(list(pods), list(events), logs) or _unknown(said)
    lines = tuple(line.rstrip() for line in logs.splitlines() if line.strip())[-LOG_LINES:]
    return VerifyFinding(cause=cause, resource=resource, message=message, fix=fix, log_lines=lines)


def _cause(pods: list[Pod], events: list[str], logs: str) -> tuple[str, str, str] | None:
    for pod in pods:
        if found := _of_container(pod, logs):
            return found
    for event in reversed(events):
        if found := _of_probe(event, restarted=any(pod.restarts for pod in pods)):
            return found
    for pod in pods:
        if pod.exit_code is not None:
            said = f"{pod.name} ended with {pod.exit_code}, {pod.restarts} times"
            return "", said, "See its last lines."
    return None


def _unknown(said: str) -> tuple[str, str, str]:
    reason = said.strip().splitlines()[-1] if said.strip() else "no event says why"
    return "", f"the pods are not ready: {reason}", "kubectl describe pods"


def _of_container(pod: Pod, logs: str) -> tuple[str, str, str] | None:
    """What the container's own state says."""
    if pod.waiting in NO_IMAGE:
        return (
            "P17",
            f"{pod.name} cannot pull its image: {pod.waiting_message}",
            "Push it, or load it into the cluster.",
        )
    if pod.waiting in NOT_MADE:
        if "non-root" in pod.waiting_message or "runAsNonRoot" in pod.waiting_message:
            return (
                "",
                f"{pod.name} may not run as root: {pod.waiting_message}",
                "Set USER in the image, by number.",
            )
        return "", f"{pod.name} cannot be made: {pod.waiting_message}", "kubectl describe pod"
    if pod.ended == OUT_OF_MEMORY:
        return "H25", f"{pod.name} ran out of memory", "Raise resources.limits.memory."
    if re.search("exec format error", f"{pod.waiting_message}\\n{logs}", re.IGNORECASE):
        return (
            "P19",
            f"the image of {pod.name} is built for another processor",
            "Build it for the nodes' architecture.",
        )
    return None


def _of_probe(event: str, *, restarted: bool) -> tuple[str, str, str] | None:
    """What the message of a failed probe says."""
    kind, _, rest = event.partition(" ")
    if kind not in {"Startup", "Liveness", "Readiness"}:
        return None
    asks, found = f"its {kind.lower()} probe", STATUS.search(rest)
    if found:
        return _of_status(asks, int(found[1]))
    if "connection refused" in rest and restarted:
        fix = "Give a startup probe the seconds that the start takes, and probe the port it listens on."
        return "H9", f"nothing listens when {asks} asks, and it is restarted", fix
    if "connection refused" in rest:
        return "H7", f"nothing listens where {asks} asks", "Listen on 0.0.0.0, on the port of the probe."
    if "Timeout" in rest or "deadline exceeded" in rest:
        return "H22", f"{asks} is not answered in time", "Answer health checks from a thread of their own."
    return None


def _of_status(asks: str, status: int) -> tuple[str, str, str]:
    said = f"{asks} is answered {status}"
    if status in REDIRECTS or status in REFUSALS:
        return "H2", said, "Let the health path answer 200 to everyone."
    if status >= SERVER_ERROR:
        return "A2", f"{said}: what it asks for is away", "See its last lines."
    return "H1", said, "Probe the path that the application has."
