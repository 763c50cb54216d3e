"""Why pods do not become ready, or do not stay so, in the terms of the catalogue."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cais.verify.diagnosis import LOG_LINES, LOOPBACK, READ_ONLY, WRONG_ARCHITECTURE, Cause, answered
from cais.verify.kube_pods import NO_IMAGE, NOT_MADE
from cais.verify.report import VerifyFinding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cais.verify.kube_pods import Pod

OUT_OF_MEMORY = "OOMKilled"
RESTARTED = "probe, will be restarted"
PROBES = ("Startup", "Liveness", "Readiness")
STATUS = re.compile(r"statuscode: (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is seen of pods that are not well.

    `warnings` are messages of events, the newest last, those of kubelets that end a container among them.
    `listening` are the sockets of one of the pods, None where they cannot be seen; `port` is where they are
    asked. `said` is what helm gave for a reason.
    """

    pods: Sequence[Pod]
    port: int
    warnings: Sequence[str] = ()
    listening: Sequence[tuple[str, int]] | None = None
    logs: str = ""
    said: str = ""


def diagnose(seen: Seen, *, resource: str) -> VerifyFinding:
    """The finding that it comes to; there is always one."""
    return found(_cause(seen), resource=resource, logs=seen.logs)


def found(cause: Cause, *, resource: str, logs: str = "") -> VerifyFinding:
    """The cause as a finding on the release."""
    lines = tuple(line.rstrip() for line in logs.splitlines() if line.strip())[-LOG_LINES:]
    return VerifyFinding(
        cause=cause.id, resource=resource, message=cause.message, fix=cause.fix, log_lines=lines
    )


def _cause(seen: Seen) -> Cause:
    for pod in seen.pods:
        if cause := _of_container(pod, seen.logs):
            return cause
    kill = next((warning for warning in reversed(seen.warnings) if RESTARTED in warning), "")
    if not kill and (cause := _of_end(seen)):
        return cause
    # The probe that had it killed comes first: what others are answered after that is the restart's doing.
    kind = [warning for warning in seen.warnings if warning.split(" ")[0].lower() in kill]
    for warning in (*reversed(kind), *reversed(seen.warnings)):
        if cause := _of_probe(warning, seen):
            return cause
    return _of_end(seen) or _unknown(seen)


def _of_end(seen: Seen) -> Cause | None:
    """A container that has ended."""
    for pod in seen.pods:
        if pod.exit_code is not None:
            why = "; the log names a read-only file system" if READ_ONLY.search(seen.logs) else ""
            said = f"{pod.container} of {pod.name} ended by itself with exit code {pod.exit_code}{why}"
            return Cause("", said, "See its last lines.")
    return None


def _unknown(seen: Seen) -> Cause:
    reason = seen.said.strip().splitlines()[-1] if seen.said.strip() else "no event says why"
    return Cause("", f"the pods are not ready: {reason}", "kubectl describe pods")


def _of_container(pod: Pod, logs: str) -> Cause | None:
    """What the container's own state says."""
    said = pod.waiting_message
    if pod.waiting in NO_IMAGE:
        return Cause(
            "P17", f"{pod.name} cannot pull its image: {said}", "Push it, or load it into the cluster."
        )
    if WRONG_ARCHITECTURE.search(f"{said}\n{logs}"):
        return Cause(
            "P19",
            f"the image of {pod.name} is built for another processor",
            "Build it for the nodes' architecture.",
        )
    if pod.waiting in NOT_MADE and ("non-root" in said or "runAsNonRoot" in said):
        return Cause("", f"{pod.name} may not run as root: {said}", "Set USER in the image, by number.")
    if pod.waiting in NOT_MADE:
        return Cause("", f"{pod.name} cannot be made: {said}", "kubectl describe pod")
    if pod.ended == OUT_OF_MEMORY:
        return Cause("H25", f"{pod.name} ran out of memory", "Raise resources.limits.memory.")
    return None


def _of_probe(warning: str, seen: Seen) -> Cause | None:
    """What the message of a failed probe says."""
    kind, _, rest = warning.partition(" ")
    if kind not in PROBES:
        return None
    asks, status = f"its {kind.lower()} probe", STATUS.search(rest)
    if status:
        return answered(asks, int(status[1]))
    if "connection refused" in rest:
        return _refused(asks, seen)
    if "Timeout" in rest or "deadline exceeded" in rest:
        return Cause(
            "H22", f"{asks} is not answered in time", "Answer health checks from a thread of their own."
        )
    return None


def _refused(asks: str, seen: Seen) -> Cause:
    here = [address for address, port in seen.listening or () if port == seen.port]
    if here and all(address.startswith(LOOPBACK) for address in here):
        said = f"it listens on {here[0]}:{seen.port}, where only the pod itself can reach it"
        return Cause("H6", said, f"Bind to 0.0.0.0:{seen.port}.")
    others = sorted({port for _, port in seen.listening or ()} - {seen.port})
    if others:
        said = f"it listens on port {', '.join(map(str, others))}, {asks} asks at {seen.port}"
        return Cause("H7", said, "Name one port in the chart and in the application.")
    if seen.listening is not None or any(pod.restarts for pod in seen.pods):
        fix = "Give a startup probe the seconds that the start takes; its log may say what it waits for."
        return Cause("H9", f"nothing listens yet when {asks} asks", fix)
    return Cause("H7", f"nothing listens where {asks} asks", "Listen on 0.0.0.0, on the port of the probe.")
