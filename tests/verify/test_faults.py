"""Faults that no template shows: each is told by its cause, and none is called healthy."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.verify.assemblies import Made
from tests.verify.conftest import APP, FOREIGN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.verify.conftest import Verify

pytestmark = pytest.mark.docker


def container(fault: str = "", **properties: Any) -> dict[str, Any]:
    return {"Environment": [{"Name": "FAULT", "Value": fault}], **properties}


def with_boot(seconds: int) -> dict[str, Any]:
    boot = {"Name": "BOOT_SECONDS", "Value": str(seconds)}
    return {"Environment": [{"Name": "FAULT", "Value": "slow"}, boot]}


CURL = {
    "Command": ["CMD-SHELL", "curl -f localhost:8000/healthz || exit 1"],
    "Interval": 1,
    "Retries": 1,
}
FAULTS = {
    "loopback": (Made(container=container("loopback")), "H6", "127.0.0.1:8000"),
    "port": (Made(container=container("port")), "H7", "listens on port 5000, the load balancer is told 8000"),
    "path 404": (Made(container=container(), targets={"HealthCheckPath": "/"}), "H1", "/ answers 404"),
    "path 301": (Made(container=container(), targets={"HealthCheckPath": "/moved"}), "H2", "answers 301"),
    "path 401": (Made(container=container(), targets={"HealthCheckPath": "/private"}), "H2", "answers 401"),
    "hang": (Made(container=container(), targets={"HealthCheckPath": "/hang"}), "H22", "within 1 s"),
    "boot": (
        Made(container=with_boot(8), service={"HealthCheckGracePeriodSeconds": 4}),
        "H9",
        "grace period of 4 s",
    ),
    "curl": (Made(container=container(HealthCheck=CURL)), "H15", "curl"),
    "memory": (Made(container=container("memory"), task={"Memory": "64"}), "H25", "64 MiB"),
    "crash": (Made(container=container("crash")), "", "ended by itself with exit code 1"),
    "deaf": (Made(container=container("deaf", StopTimeout=2)), "", "ignores SIGTERM"),
    "database": (
        Made(container=container(), targets={"HealthCheckPath": "/readyz", "HealthCheckTimeoutSeconds": 2}),
        "A2",
        "/readyz answers 503",
    ),
    "check port": (Made(container=container(), targets={"HealthCheckPort": "9000"}), "H8", "9000"),
    "program": (Made(container=container(Command=["/app/nothing"])), "", "its program is not in the image"),
    "before": (
        Made(
            container=container(DependsOn=[{"ContainerName": "migrate", "Condition": "SUCCESS"}]),
            others=({"Name": "migrate", **container("crash")},),
        ),
        "",
        "migrate, which the service waits for",
    ),
    "room": (
        Made(
            container=container(),
            service={"DeploymentConfiguration": {"MinimumHealthyPercent": 100, "MaximumPercent": 100}},
        ),
        "H17",
        "neither start nor stop",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_by_its_cause(verify: Verify, fault: str):
    made, cause, words = FAULTS[fault]
    report = verify(made)
    errors = [finding for finding in report.findings if finding.severity == "error"]
    assert report.verdict == "unhealthy"
    assert [finding.cause for finding in errors] == [cause]
    assert words in errors[0].message
    assert errors[0].fix


def test_an_image_for_another_processor(verify: Verify, tmp_path: Path):
    context = tmp_path / "context"
    shutil.copytree(APP, context)
    (context / "foreign").write_bytes(FOREIGN)
    (context / "foreign").chmod(0o755)
    report = verify(Made(container=container(Command=["/app/foreign"])), context=context)
    assert [finding.cause for finding in report.findings] == ["P19"]


def test_the_last_lines_are_told(verify: Verify):
    (finding,) = verify(Made(container=container("crash"))).findings
    assert set(finding.log_lines) == {"fault: crash", "the setting GREETING is missing"}
