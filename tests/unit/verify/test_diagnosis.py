"""From what was seen of a copy to the cause."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cais.verify.diagnosis import diagnose, stopped
from cais.verify.ecs_service import EcsService, Rules
from cais.verify.engine import CopyState, StoppedError
from cais.verify.evidence import Evidence
from cais.verify.target_health import PASSED, failed, mismatch, timed_out
from cais.verify.workload import ContainerCheck, TargetCheck, Workload

RUNS = CopyState(running=True)
SERVICE = EcsService(
    resource="Service",
    task="Task",
    rules=Rules(),
    grace_period=20,
    workload=Workload(
        name="web",
        image="x",
        port=8000,
        memory_mib=512,
        check=TargetCheck(path="/up", timeout=2),
        health=ContainerCheck(command=("check",)),
    ),
)


def seen(**changes: Any) -> Evidence:
    given: dict[str, Any] = {
        "copy": "old-1",
        "age": 30,
        "state": RUNS,
        "check": None,
        "logs": "first\n\nlast\n",
    }
    return Evidence(**{**given, **changes})


def ended(code: int, **changes: Any) -> CopyState:
    return CopyState(running=False, exit_code=code, **changes)


def unhealthy(code: int, output: str) -> CopyState:
    return CopyState(running=True, health="unhealthy", health_code=code, health_output=output)


ANY, HERE = (("0.0.0.0", 8000),), (("127.0.0.1", 8000), ("::1", 8000))  # noqa: S104 - what it says of itself
CASES = {
    "memory": (seen(state=ended(137, out_of_memory=True)), "H25", "more memory than 512 MiB"),
    "processor": (seen(state=ended(1), logs="exec /app: Exec format error"), "P19", "another processor"),
    "program": (
        seen(state=ended(127, error='exec: "serve": executable file not found in $PATH')),
        "",
        "its program is not in the image",
    ),
    "engine": (seen(state=ended(128, error="no space left on device")), "", "no space left on device"),
    "read-only": (seen(state=ended(1), logs="Read-only file system: '/x'"), "", "read-only file system"),
    "crash": (seen(state=ended(3)), "", "exit code 3"),
    "check's program": (seen(state=unhealthy(127, "sh: curl: not found"), check=PASSED), "H15", "curl"),
    "check without one": (
        seen(state=unhealthy(-1, "OCI runtime exec failed"), check=PASSED),
        "H15",
        "cannot run",
    ),
    "check against check": (seen(state=unhealthy(1, "no"), check=PASSED), "H32", "exit code 1"),
    "both checks": (seen(state=unhealthy(1, "no"), check=mismatch(404)), "H1", "/up answers 404"),
    "slow": (seen(check=failed(), listening=(), healthy_after=42.0), "H9", "42 s after its start"),
    "404": (seen(check=mismatch(404)), "H1", "/up answers 404, the load balancer wants 200"),
    "302": (seen(check=mismatch(302)), "H2", "302"),
    "400": (seen(check=mismatch(400)), "H2", "another Host"),
    "500": (seen(check=mismatch(500)), "", "the application fails"),
    "503 of a store": (
        seen(check=mismatch(503), answers_health_path=True),
        "A2",
        "depends on something else",
    ),
    "503 in the log": (seen(check=mismatch(503), logs="psycopg.OperationalError"), "A2", "depends on"),
    "hangs": (seen(check=timed_out()), "H22", "does not answer within 2 s"),
    "hangs for a store": (seen(check=timed_out(), answers_health_path=True), "A2", "within 2 s"),
    "loopback": (seen(check=failed(), listening=HERE), "H6", "127.0.0.1:8000"),
    "no HTTP": (seen(check=failed(), listening=ANY), "H21", "is no HTTP"),
    "both, but no HTTP": (seen(check=failed(), listening=HERE + ANY), "H21", "is no HTTP"),
    "other port": (seen(check=failed(), listening=(("::", 5000),)), "H7", "listens on port 5000"),
    "nowhere": (seen(check=failed(), listening=()), "H9", "listens on no port"),
    "unseen": (seen(check=failed()), "H7", "nothing takes connections on port 8000"),
    "before a check": (seen(), "", "no check has passed"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_was_seen_comes_to_a_cause(case: str):
    evidence, cause, words = CASES[case]
    finding = diagnose(SERVICE, evidence)
    assert finding.cause == cause
    assert words in finding.message
    assert finding.fix
    assert finding.severity == "error"
    assert finding.resource == "Task"


def test_the_last_lines_come_without_empty_ones():
    assert diagnose(SERVICE, seen()).log_lines == ("first", "last")


def test_the_checks_own_port_is_named():
    check = replace(SERVICE.workload.check, port=9000)
    service = replace(SERVICE, workload=replace(SERVICE.workload, check=check))
    finding = diagnose(service, seen(check=failed(), listening=ANY))
    assert finding.cause == "H8"
    assert "9000" in finding.message


def test_a_container_before_it_that_failed_is_named():
    finding = stopped(SERVICE, StoppedError("migrate", state=ended(1), logs="no such table"))
    assert "migrate, which the service waits for" in finding.message
    assert finding.log_lines == ("no such table",)
