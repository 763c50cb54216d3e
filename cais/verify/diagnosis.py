"""Why a copy would be replaced, in the terms of the catalogue (docs/reference/causes.toml)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cais.verify.report import VerifyFinding
from cais.verify.target_health import FAILED, MISMATCH, TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from cais.verify.ecs_service import EcsService
    from cais.verify.engine import CopyState, StoppedError
    from cais.verify.evidence import Evidence

LOG_LINES = 12
LOOPBACK = ("127.", "::1", "::ffff:127.")
NOT_FOUND = 127
NOT_EXECUTABLE = 126
KILLED = 137
SERVER_ERROR = 500
REDIRECTS = range(300, 400)
REFUSALS = (400, 401, 403)
WRONG_ARCHITECTURE = re.compile(r"exec format error", re.IGNORECASE)
NO_PROGRAM = re.compile(r"executable file not found|no such file or directory|: not found", re.IGNORECASE)
READ_ONLY = re.compile(r"read-only file system", re.IGNORECASE)
STORE = re.compile(
    r"OperationalError|could not connect to server|connection to server at|Connection refused|"
    r"could not translate host name|Name or service not known|EndpointConnectionError|database",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause of the catalogue, "" for none of them, with what was seen and what to do."""

    id: str
    message: str
    fix: str


def diagnose(service: EcsService, evidence: Evidence) -> VerifyFinding:
    """The finding that the evidence comes to; there is always one."""
    causes: list[Callable[[EcsService, Evidence], Cause | None]] = [
        _ended,
        _container_check,
        _late,
        _mismatch,
        _timeout,
        _refused,
    ]
    cause = next(filter(None, (find(service, evidence) for find in causes)), None) or _unknown(evidence)
    return finding(service, cause, logs=evidence.logs)


def finding(service: EcsService, cause: Cause, *, logs: str = "") -> VerifyFinding:
    """The cause as a finding on the task definition."""
    lines = tuple(line.rstrip() for line in logs.splitlines() if line.strip())[-LOG_LINES:]
    return VerifyFinding(
        cause=cause.id, resource=service.task, message=cause.message, fix=cause.fix, log_lines=lines
    )


def stopped(service: EcsService, error: StoppedError) -> VerifyFinding:
    """The finding on a container that has to end well before the service starts, and did not."""
    cause = ended(
        f"the container {error.container}, which the service waits for,",
        state=error.state,
        logs=error.logs,
        memory=service.workload.memory_mib,
    )
    return finding(service, cause, logs=error.logs)


def answered(asks: str, status: int) -> Cause:
    """What an answer that is not wanted says of the application; `asks` is what asks for it."""
    said = f"{asks} is answered {status}"
    if status in REDIRECTS or status in REFUSALS:
        return Cause("H2", said, "Let the health path answer 200 to everyone.")
    if status >= SERVER_ERROR:
        return Cause("A2", f"{said}: what it asks for is away", "See its last lines.")
    return Cause("H1", said, "Ask for a path that the application has.")


def ended(name: str, *, state: CopyState, logs: str, memory: int | None) -> Cause:
    """Why a container that was not told to end has ended. `memory` is its limit in MiB."""
    said, code = f"{state.error}\n{logs}", state.exit_code
    limit = f"{memory} MiB" if memory else "what the machine has"
    if state.out_of_memory:
        return Cause(
            "H25",
            f"{name} needs more memory than {limit} and was killed (exit code {KILLED})",
            "Give the task more Memory, or the program fewer workers.",
        )
    if WRONG_ARCHITECTURE.search(said):
        return Cause(
            "P19",
            f"{name} cannot be started: its program is for another processor (exec format error)",
            "Build the image for the task's CpuArchitecture (`platform` of its asset).",
        )
    if code in {NOT_FOUND, NOT_EXECUTABLE} and NO_PROGRAM.search(said):
        return Cause(
            "",
            f"{name} cannot be started: its program is not in the image",
            "Correct EntryPoint and Command, or install the program.",
        )
    why = "; the log names a read-only file system" if READ_ONLY.search(said) else ""
    fix = "Mount a volume on each path that it writes to." if why else "Its last lines say why."
    if state.error:
        return Cause("", f"{name} cannot be started: {state.error}", "Correct what the engine names.")
    return Cause("", f"{name} ended by itself with exit code {code}{why}", fix)


def _ended(service: EcsService, evidence: Evidence) -> Cause | None:
    state, workload = evidence.state, service.workload
    if state.running:
        return None
    return ended(
        workload.name,
        state=state,
        logs=evidence.logs,
        memory=workload.memory_mib,
    )


def _container_check(service: EcsService, evidence: Evidence) -> Cause | None:
    state, check = evidence.state, service.workload.health
    if state.health != "unhealthy" or check is None:
        return None
    command = " ".join(check.command)
    if state.health_code in {NOT_FOUND, NOT_EXECUTABLE, -1} or NO_PROGRAM.search(state.health_output):
        return Cause(
            "H15",
            f"the container health check `{command}` cannot run: {state.health_output or 'no such program'}",
            "Call a program that the image has, such as `python -c` with urllib, or install this one.",
        )
    if evidence.check is not None and evidence.check.reason:
        return None  # the load balancer's check fails as well, and says more
    return Cause(
        "H32",
        f"the container health check `{command}` fails with exit code {state.health_code} while the load "
        f"balancer's passes: {state.health_output or 'it says nothing'}",
        "Let both checks ask for the same path.",
    )


def _late(service: EcsService, evidence: Evidence) -> Cause | None:
    if evidence.healthy_after is None:
        return None
    return Cause(
        "H9",
        f"it is healthy only {evidence.healthy_after:.0f} s after its start; with a grace period of "
        f"{service.grace_period:.0f} s ECS replaces it after {evidence.age:.0f} s, again and again",
        f"Raise HealthCheckGracePeriodSeconds of {service.resource} above {evidence.healthy_after:.0f} s.",
    )


def _mismatch(service: EcsService, evidence: Evidence) -> Cause | None:
    check, outcome = service.workload.check, evidence.check
    if outcome is None or outcome.reason != MISMATCH:
        return None
    asked = f"{check.path} answers {outcome.status}, the load balancer wants {check.codes}"
    if outcome.status == 404:  # noqa: PLR2004 - HTTP's own number
        return Cause(
            "H1", f"{asked}: the application has no such path", "Set HealthCheckPath to one that it has."
        )
    if outcome.status < SERVER_ERROR:
        return Cause(
            "H2",
            f"{asked}: it redirects, wants a login or another Host",
            "Check a path that is open to everyone, whatever the Host.",
        )
    return _store(asked, evidence) or Cause(
        "", f"{asked}: the application fails", "Its last lines may say why; check a path that does no I/O."
    )


def _timeout(service: EcsService, evidence: Evidence) -> Cause | None:
    check, outcome = service.workload.check, evidence.check
    if outcome is None or outcome.reason != TIMEOUT:
        return None
    asked = f"{check.path} does not answer within {check.timeout:g} s"
    return _store(asked, evidence) or Cause(
        "H22",
        f"{asked}, though the connection is taken: every worker is busy or waits",
        "Give the server more threads, and check a path that does no I/O.",
    )


def _store(asked: str, evidence: Evidence) -> Cause | None:
    """The check asks whether a dependency is well, not whether the process is."""
    if not evidence.answers_health_path and not STORE.search(evidence.logs):
        return None
    return Cause(
        "A2",
        f"{asked}: it depends on something else, such as the database, that cannot be reached",
        "Open the way to it; and check a path that does no I/O, so that an outage of it kills no task.",
    )


def _refused(service: EcsService, evidence: Evidence) -> Cause | None:
    outcome = evidence.check
    if outcome is None or outcome.reason != FAILED:
        return None
    port = service.workload.check.port or service.workload.port
    if evidence.listening is None:
        return Cause("H7", f"nothing takes connections on port {port}", f"Listen on 0.0.0.0:{port}.")
    here = [address for address, each in evidence.listening if each == port]
    if here and all(address.startswith(LOOPBACK) for address in here):
        return Cause(
            "H6",
            f"it listens on {here[0]}:{port}, where only the container itself can reach it",
            f"Bind to 0.0.0.0:{port}.",
        )
    if here:
        return Cause(
            "H21",
            f"port {port} takes connections, but what it answers is no {service.workload.check.protocol}",
            "Let HealthCheckProtocol be what the application speaks.",
        )
    if service.workload.check.port and service.workload.check.port != service.workload.port:
        return Cause(
            "H8", f"nothing listens on the check's own port, {port}", "Set HealthCheckPort to traffic-port."
        )
    return _elsewhere(service, evidence, port)


def _elsewhere(service: EcsService, evidence: Evidence, port: int) -> Cause:
    others = sorted({each for _, each in evidence.listening or ()})
    if others:
        found = ", ".join(str(each) for each in others)
        return Cause(
            "H7",
            f"it listens on port {found}, the load balancer is told {port}",
            f"Let it listen on {port}, or set ContainerPort of {service.resource} to {others[0]}.",
        )
    return Cause(
        "H9",
        f"{evidence.age:.0f} s after its start it listens on no port, nor did it in the minute after",
        "Its last lines may say what it waits for; the grace period has to be longer than its start.",
    )


def _unknown(evidence: Evidence) -> Cause:
    check = evidence.check
    seen = check.description if check and check.reason else "no check has passed"
    return Cause("", f"it is not healthy after {evidence.age:.0f} s: {seen}", "Its last lines may say why.")
