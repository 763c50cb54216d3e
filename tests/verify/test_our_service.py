"""Our own image, as our own stacks run it: one digest on each target, healthy, and no request lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from cais.cli import main
from tests.synthesis import synthesize_into

if TYPE_CHECKING:
    from tests.engines.kubernetes.cluster import Cluster

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/reference/verify.schema.json").read_text())
FIGURES = ("timeToHealthy", "cold", "warm", "memory")

pytestmark = [
    pytest.mark.docker,
    pytest.mark.cdk,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("haproxy"),
]


@pytest.fixture
def in_cluster(kubernetes: Cluster, service_image: str) -> list[str]:
    """The options that name the cluster, and our image in it."""
    image = kubernetes.load(service_image, "comments:tests")
    return [f"--kubeconfig={kubernetes.kubeconfig}", f"--image={image}"]


def test_it_is_healthy_on_all_three_in_one_run(
    in_cluster: list[str],
    base_image: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    synthesize_into(tmp_path / "cdk.out", image=ROOT / "service", context={})
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    options = [
        f"--contract={ROOT}/service/contract.toml",
        "--env=DATABASE_URL=sqlite:///{data}/comments.sqlite3",
        "--env=DATABASE_SECRET_ARN=",
        f"--build-arg=BASE_IMAGE={base_image}",
        *in_cluster,
        "--format=json",
        "--output=measured.json",
    ]
    code = main(["verify", "ecs", "eks", "serverless", *options])
    document = json.loads((tmp_path / "measured.json").read_text())
    table = capsys.readouterr().out
    assert code == 0, document
    jsonschema.validate(document, SCHEMA)
    ecs, eks, function = document["targets"]
    assert table.splitlines()[0].split() == ["ecs", "eks", "serverless"]
    assert ecs["image"] == eks["image"] == function["image"] != ""
    assert ecs["findings"] == eks["findings"] == function["findings"] == []
    assert all(report[figure] for report in (ecs, eks, function) for figure in FIGURES)
    assert {report["memory"]["limit"] for report in (ecs, eks, function)} == {512}
    for report in (ecs, eks):
        assert report["rollout"]["requests"] > 0
        assert report["rollout"]["failed"] == 0
    assert function["cold"]["p50"] > function["warm"]["p50"]
