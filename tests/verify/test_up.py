"""`cais up` on the container engine: the limits of the task definition, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from cais.verify.docker import LABEL, docker
from cais.verify.owner import owner_of
from tests.engines.waiting import eventually
from tests.verify.assemblies import Made, write
from tests.verify.conftest import APP

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("haproxy")]


class Up:
    """A `cais up`, or another command, in a folder with a cdk.out."""

    def __init__(self, folder: Path, base: str, *options: str, name: str = "up") -> None:
        command = [sys.executable, "-m", "cais.cli", name, "--engine=docker"]
        command += [f"--build-arg=BASE_IMAGE={base}", *options]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, cwd=folder, start_new_session=True, **pipes)
        self.owner = owner_of(self.process.pid)

    def url(self) -> str:
        """Waits for it."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def containers(self) -> list[str]:
        """Those that are labelled as its own."""
        ours = f"--filter=label={LABEL}={self.owner}"
        return docker("ps", "--all", "--quiet", ours).split()

    def left(self) -> list[str]:
        """Its containers, processes and folders."""
        folders = self.folders()
        return [*self.containers(), *haproxies(folders), *map(str, folders)]

    def folders(self) -> list[Path]:
        """Those of its run."""
        notes = Path(tempfile.gettempdir(), f"cais-{os.getuid()}").glob("*/owner")
        return [note.parent for note in notes if note.read_text() == self.owner]

    def end(self, by: signal.Signals) -> str:
        """What it said on stderr, once it has ended."""
        self.process.send_signal(by)
        return self.process.communicate()[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    container = {
        "ReadonlyRootFilesystem": True,
        "MountPoints": [{"ContainerPath": "/scratch", "SourceVolume": "scratch"}],
        "LinuxParameters": {"Capabilities": {"Drop": ["ALL"]}, "InitProcessEnabled": True},
        "Ulimits": [{"Name": "nofile", "SoftLimit": 512, "HardLimit": 1024}],
        "HealthCheck": {"Command": ["CMD", "python3", "-c", "pass"], "Interval": 5, "StartPeriod": 3},
        "Environment": [{"Name": "SECRET", "Value": "in a variable"}],
        "StopTimeout": 7,
    }
    (tmp_path / "cdk.out").mkdir()
    write(tmp_path / "cdk.out", APP, Made(container=container))
    return tmp_path


def haproxies(folders: list[Path]) -> list[str]:
    """Processes of the load balancers whose settings lie in these folders."""
    found: list[str] = []
    for folder in folders:
        command = ["pgrep", "--full", f"haproxy.*{folder.name}"]
        found += subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    return found


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing_behind(project: Path, base_image: str, by: signal.Signals):
    up = Up(project, base_image)
    with urllib.request.urlopen(f"{up.url()}/healthz") as response:
        assert response.status == 200
    assert len(up.containers()) == 2
    (folder,) = up.folders()
    assert len(haproxies([folder])) == 1
    told = up.end(by)
    assert up.process.returncode == 0
    assert "Traceback" not in told
    assert up.left() == haproxies([folder]) == []
    assert {path.name for path in (project / ".cais").iterdir()} == {"data-docker"}


def test_a_container_runs_as_the_task_definition_says(project: Path, base_image: str):
    up = Up(project, base_image)
    up.url()
    facts = json.loads(docker("inspect", up.containers()[0]))[0]
    up.end(signal.SIGINT)
    host, config = facts["HostConfig"], facts["Config"]
    assert (host["Memory"], host["MemorySwap"], host["NanoCpus"]) == (256 * 2**20, 256 * 2**20, 250000000)
    assert (host["ReadonlyRootfs"], host["Init"], host["CapDrop"]) == (True, True, ["ALL"])
    assert host["Tmpfs"] == {"/scratch": "mode=1777"}
    assert host["Ulimits"] == [{"Name": "nofile", "Soft": 512, "Hard": 1024}]
    assert "SECRET=in a variable" in config["Env"]
    second = 10**9
    assert config["Healthcheck"] == {
        "Test": ["CMD-SHELL", "python3 -c pass"],
        "Interval": 5 * second,
        "Timeout": 5 * second,
        "StartPeriod": 3 * second,
        "Retries": 3,
    }
    assert config["StopTimeout"] == 7


def test_what_a_killed_run_left_is_removed_and_what_a_live_one_has_is_not(project: Path, base_image: str):
    killed = Up(project, base_image)
    killed.url()
    killed.end(signal.SIGKILL)
    assert len(killed.left()) == 4
    folders = killed.folders()
    live = Up(project, base_image)
    live.url()
    assert killed.left() == haproxies(folders) == []
    second = Up(project, base_image)
    second.url()
    assert len(live.containers()) == 2
    assert live.process.poll() is None
    for up in (second, live):
        up.end(signal.SIGINT)
        assert up.left() == []


def test_an_error_after_the_start_leaves_nothing_behind(project: Path, base_image: str):
    up = Up(project, base_image, "--smoke-test", "nothing-of-this-name")
    out, told = up.process.communicate()
    assert (up.process.returncode, out) == (1, "")
    assert "nothing-of-this-name" in told
    assert "Traceback" not in told
    assert up.left() == []


def test_a_copy_that_ends_is_told_with_its_last_words(project: Path, base_image: str):
    up = Up(project, base_image)
    up.url()
    docker("kill", up.containers()[0])
    told = up.process.communicate()[1]
    assert up.process.returncode == 1
    assert "ended by itself with exit code 137" in told
    assert "fault: none" in told
    assert up.left() == []


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_verification_that_is_interrupted_leaves_nothing_behind(
    project: Path, base_image: str, by: signal.Signals
):
    verification = Up(project, base_image, "ecs", name="verify")
    assert eventually(lambda: len(verification.containers()) == 2)
    told = verification.end(by)
    assert verification.process.returncode == 130
    assert "Traceback" not in told
    assert verification.left() == []
