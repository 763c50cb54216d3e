"""Our own image, as our own stacks run it: one digest on each target, healthy, and no request lost."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from cais.cli import main
from tests.synthesis import synthesize_into

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/reference/verify.schema.json").read_text())

pytestmark = [pytest.mark.docker, pytest.mark.cdk, pytest.mark.usefixtures("haproxy")]


def test_it_is_healthy_on_ecs_and_on_lambda(
    base_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    synthesize_into(tmp_path / "cdk.out", image=ROOT / "service", context={})
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    options = [f"--contract={ROOT}/service/contract.toml", "--env=DATABASE_URL=sqlite:///{data}/c.sqlite3"]
    build = f"--build-arg=BASE_IMAGE={base_image}"
    code = main(["verify", "ecs", "serverless", "--format=json", build, *options])
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert code == 0, document
    ecs, function = document["targets"]
    assert ecs["image"] == function["image"]
    assert ecs["findings"] == function["findings"] == []
    assert ecs["rollout"]["failed"] == 0
    assert ecs["memory"]["limit"] == 512
    assert function["cold"]["p50"] > function["warm"]["p50"]
