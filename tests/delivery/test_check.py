"""What the workflow `check` runs, on changes as a pull request brings them."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.synthesis import ROOT

pytestmark = pytest.mark.cdk

FOLDERS = (".github", "cais", "ecs", "eks", "scripts", "serverless", "service", "stacks")
FILES = ("app.py", "cdk.json", "pyproject.toml")
INSTALLED = (".venv", "node_modules")


@dataclass(frozen=True)
class Change:
    """A line of a file that a pull request writes differently, and what marks it."""

    file: str
    old: str
    new: str
    marked: str
    rule: str
    construct: str


CHANGES = {
    "health path": Change(
        file="ecs/load_balancer.py",
        old="path=contract.health_path",
        new='path="/"',
        marked="return elbv2.ApplicationTargetGroup(",
        rule="HLT101",
        construct="EcsStack/LoadBalancer/Targets/Resource",
    ),
    "security group": Change(
        file="ecs/service.py",
        old="ec2.Port.tcp(443)",
        new="ec2.Port.tcp(80)",
        marked="group = ec2.SecurityGroup(",
        rule="IMG101",
        construct="EcsStack/Service/Group/Resource",
    ),
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(ROOT / file, tmp_path / file)
    for folder in INSTALLED:
        (tmp_path / folder).symlink_to(ROOT / folder)
    return tmp_path


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    programs = os.pathsep.join([str(ROOT / "node_modules" / ".bin"), os.environ["PATH"]])
    return subprocess.run(
        [sys.executable, "scripts/check_stacks.py", "-c", "targets=ecs"],
        cwd=folder,
        env=os.environ | {"PATH": programs},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_that_breaks_ecs_is_stopped_with_a_mark_on_the_line_of_the_construct(
    checkout: Path, change: Change
):
    path = checkout / change.file
    text = path.read_text()
    assert text.count(change.old) == 1
    path.write_text(text.replace(change.old, change.new))
    done = check(checkout)
    assert done.returncode == 1, done.stderr
    errors = [line for line in done.stdout.splitlines() if line.startswith("::error ")]
    line = next(n for n, each in enumerate(text.splitlines(), 1) if change.marked in each)
    wanted = f"::error file={change.file},line={line},title={change.rule} {change.construct}"
    assert [error for error in errors if error.startswith(wanted)], errors
    assert places(checkout, change.rule) == {(change.file, line)}


def test_what_is_sound_passes_without_an_error(checkout: Path):
    done = check(checkout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "::error" not in done.stdout


def test_an_app_that_cannot_be_synthesized_is_stopped(checkout: Path):
    (checkout / "app.py").write_text("raise SystemExit('no such thing')\n")
    done = check(checkout)
    assert done.returncode == 1
    assert "no such thing" in done.stderr


def places(folder: Path, rule: str) -> set[tuple[str, int]]:
    """Where code scanning marks the rule's results."""
    (run,) = json.loads((folder / "preflight.sarif").read_text())["runs"]
    locations = [
        result["locations"][0]["physicalLocation"] for result in run["results"] if result["ruleId"] == rule
    ]
    return {(each["artifactLocation"]["uri"], each["region"]["startLine"]) for each in locations}
