"""cais as a stranger has it: the wheel, installed beside CDK, and the two lines of the how-to in an app."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.synthesis import ROOT

pytestmark = pytest.mark.cdk

PAGE = ROOT / "docs" / "how-to" / "preflight-in-your-cdk-app.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
SERVICE = """
from aws_cdk import Stack, aws_ecs as ecs, aws_iam as iam
stack = Stack(app, "Theirs")
service = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
ecs.CfnTaskDefinition(
    stack, "Task", requires_compatibilities=["FARGATE"], network_mode="awsvpc", cpu="256", memory="512",
    execution_role_arn=service.role_arn,
    container_definitions=[{"name": "web", "image": "nginx"}],
)
"""
"""What a stranger's app deploys: a task whose role ECS may not assume."""
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CDK_"))}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what is in the wheel, and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("cais-*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "installed")
    return folder / "installed"


def cdk_synth(installed: Path, folder: Path, app: str) -> subprocess.CompletedProcess[str]:
    """What the real `cdk synth` makes of an app in a folder of its own."""
    (folder / "app.py").write_text(app, encoding="utf-8")
    command = ["cdk", "synth", "--quiet", "--app", f"{sys.executable} app.py"]
    environment = {**CLEAN, "PYTHONPATH": str(installed), "NO_COLOR": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, text=True, check=False, timeout=300, capture_output=True
    )


def test_two_lines_stop_a_strangers_synthesis(installed: Path, tmp_path: Path):
    told = cdk_synth(installed, tmp_path, BLOCKS[0].replace("...", SERVICE))
    said = told.stdout + told.stderr
    assert told.returncode != 0
    assert "ECS may not assume the execution role" in said
    assert "Theirs/Role/Resource" in said
    assert "Let the role trust the service ecs-tasks.amazonaws.com" in said


def test_what_a_stranger_accepts_does_not_stop_it(installed: Path, tmp_path: Path):
    accepted = BLOCKS[1].replace("DEP106", "IMG106")
    app = BLOCKS[0].replace("...", SERVICE + accepted)
    told = cdk_synth(installed, tmp_path, app)
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "cdk.out" / "Theirs.template.json").exists()


def test_the_wheel_is_what_is_used(installed: Path):
    command = [sys.executable, "-c", "import cais, stacks; print(cais.__file__, stacks.__file__)"]
    environment = {**CLEAN, "PYTHONPATH": str(installed)}
    told = subprocess.run(command, cwd=installed, env=environment, text=True, check=True, capture_output=True)
    assert [Path(each).is_relative_to(installed) for each in told.stdout.split()] == [True, True]


def test_the_wheel_brings_the_command(installed: Path, tmp_path: Path):
    template = tmp_path / "theirs.yaml"
    template.write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}", encoding="utf-8")
    command = [sys.executable, "-m", "cais.cli", "preflight", str(template)]
    environment = {**CLEAN, "PYTHONPATH": str(installed)}
    told = subprocess.run(command, cwd=tmp_path, env=environment, text=True, check=False, capture_output=True)
    assert told.returncode == 0
    assert "no service is in these templates" in told.stderr
