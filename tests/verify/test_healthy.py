"""A service that is well is called so, and measured."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from cais.verify.docker import LABEL, docker
from cais.verify.owner import owner
from tests.verify.assemblies import Made
from tests.verify.conftest import APP
from tests.verify.test_faults import container

if TYPE_CHECKING:
    from pathlib import Path

    from tests.verify.conftest import Verify

pytestmark = pytest.mark.docker

TIMES = int(os.environ.get("HEALTHY_TIMES", "1"))
PYTHON = ["CMD", "python3", "-c", "import urllib.request as u; u.urlopen('http://localhost:8000/healthz')"]
HARDENED = container(
    HealthCheck={"Command": PYTHON, "Interval": 5, "Retries": 3, "StartPeriod": 5},
    ReadonlyRootFilesystem=True,
    LinuxParameters={"Capabilities": {"Drop": ["ALL"]}, "InitProcessEnabled": True},
)


@pytest.mark.parametrize("time", range(TIMES))
def test_a_service_that_is_well_is_healthy_and_loses_no_request(verify: Verify, time: int):  # noqa: ARG001
    report = verify(Made(container=HARDENED))
    assert report.verdict == "healthy", report
    assert report.findings == ()
    assert report.image.startswith("sha256:")
    assert report.rollout is not None
    assert report.rollout.failed == 0
    assert report.rollout.requests > 100
    assert report.memory is not None
    assert 1 < report.memory.at_rest <= report.memory.under_load < 256
    assert report.memory.limit == 256
    assert report.cold is not None
    assert report.cold.requests == 2
    assert report.time_to_healthy is not None
    assert docker("ps", "--all", "--quiet", f"--filter=label={LABEL}={owner()}") == ""


def test_states_are_told_in_the_words_of_the_load_balancer(verify: Verify):
    report = verify(Made(container=container()))
    lives = {copy: [] for copy in ("old-1", "old-2", "new-1", "new-2")}
    for change in report.states:
        lives[change.copy].append((change.state, change.reason))
    first = [("initial", "Elb.InitialHealthChecking"), ("healthy", "")]
    leaving = [("draining", "Target.DeregistrationInProgress")]
    assert lives == {
        "old-1": first + leaving,
        "old-2": first + leaving,
        "new-1": first,
        "new-2": first,
    }
    healthy = {change.copy: change.at for change in report.states if change.state == "healthy"}
    left = {change.copy: change.at for change in report.states if change.state == "draining"}
    assert max(healthy["new-1"], healthy["new-2"]) < max(left.values())


def test_a_container_before_it_runs_first(verify: Verify):
    before = {"Name": "migrate", "Command": ["python3", "-c", "pass"], "Essential": False}
    made = Made(
        container=container(DependsOn=[{"ContainerName": "migrate", "Condition": "SUCCESS"}]),
        others=(before,),
    )
    assert verify(made).verdict == "healthy"


def test_a_start_within_the_grace_period_is_healthy(verify: Verify):
    slow = [{"Name": "FAULT", "Value": "slow"}, {"Name": "BOOT_SECONDS", "Value": "5"}]
    made = Made(
        container={"Environment": slow}, service={"HealthCheckGracePeriodSeconds": 30, "DesiredCount": 1}
    )
    report = verify(made)
    assert report.verdict == "healthy"
    assert "unhealthy" in {change.state for change in report.states}


def test_a_check_that_needs_no_shell_is_left_out_where_there_is_none(verify: Verify, tmp_path: Path):
    context = tmp_path / "context"
    shutil.copytree(APP, context)
    with (context / "Dockerfile").open("a") as recipe:
        recipe.write("USER root\nRUN rm /bin/sh\nUSER 10001\n")
    report = verify(Made(container=HARDENED, service={"DesiredCount": 1}), context=context)
    assert report.verdict == "healthy"
    assert any("/bin/sh, which the image does not have" in line for line in report.not_verified)
