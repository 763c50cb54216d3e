import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.synthesis import ROOT

pytestmark = pytest.mark.cdk


def run_app(outdir: Path, **context: str) -> subprocess.CompletedProcess[str]:
    """app.py, run as the cdk CLI runs it."""
    environment = {"CDK_OUTDIR": str(outdir), "CDK_CONTEXT_JSON": json.dumps(context)}
    return subprocess.run(
        [sys.executable, ROOT / "app.py"],
        env=os.environ | environment,
        check=False,
        capture_output=True,
        text=True,
    )


def test_wrong_settings_are_told_without_a_stack_trace(tmp_path: Path):
    done = run_app(tmp_path, store="mysql", targets="nomad")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "cannot synthesize:",
        "-c targets= must be names between commas, out of ecs, eks, serverless; it is 'nomad'",
        "-c store= must be postgres or dynamodb; it is 'mysql'",
    ]
    assert not any(tmp_path.iterdir())


def test_a_setting_that_a_target_cannot_serve_is_told_in_the_same_way(tmp_path: Path):
    done = run_app(tmp_path, image="docker.io/team/comments:1.2.3", targets="serverless")
    assert done.returncode == 1
    assert done.stderr.startswith(
        "cannot synthesize:\ntarget serverless: Lambda runs images of Amazon ECR only"
    )
    assert "Traceback" not in done.stderr


def test_the_cdk_cli_lists_the_stacks_by_their_names(tmp_path: Path):
    listed = subprocess.run(
        [ROOT / "node_modules" / ".bin" / "cdk", "ls", "--output", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert listed.stdout.split() == ["NetworkStack", "DataStack", "EcsStack", "EksStack", "LambdaStack"]
