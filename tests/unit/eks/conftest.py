"""The chart as helm renders it, and EksStack on both kinds of compute."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any, Protocol

import pytest
import yaml

from tests.engines.helm import helm
from tests.synthesis import ROOT, Assembly, Synthesize

if TYPE_CHECKING:
    from collections.abc import Mapping

CHART = ROOT / "eks" / "chart"
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/comments:1"

STORE = {"environment": {"DATABASE_URL": "sqlite:////tmp/comments.sqlite3"}}

COMPUTES = ("managed-nodes", "auto")

Manifests = list[dict[str, Any]]


class RunHelm(Protocol):
    """What the fixture `run_helm` is: helm with arguments, and values on its standard input."""

    def __call__(self, *arguments: str, values: Mapping[str, Any]) -> subprocess.CompletedProcess[str]: ...


class Render(Protocol):
    """What the fixture `render` is: values in, manifests for a cluster of version `kubernetes` out."""

    def __call__(self, *, kubernetes: str = "1.36", **values: Any) -> Manifests: ...


@pytest.fixture(scope="session")
def run_helm() -> RunHelm:
    program = helm()

    def run(*arguments: str, values: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *arguments, "--values", "-"],
            input=json.dumps(values),
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def render(run_helm: RunHelm) -> Render:
    def rendered(*, kubernetes: str = "1.36", **values: Any) -> Manifests:
        arguments = ("template", "comments", str(CHART), "--kube-version", kubernetes)
        run = run_helm(*arguments, values={"image": IMAGE, **STORE, **values})
        assert run.returncode == 0, run.stderr
        return [manifest for manifest in yaml.safe_load_all(run.stdout) if manifest]

    return rendered


@pytest.fixture
def managed(synthesize: Synthesize) -> Assembly:
    return synthesize(eks_compute="managed-nodes")


@pytest.fixture
def auto(synthesize: Synthesize) -> Assembly:
    return synthesize(eks_compute="auto")


@pytest.fixture(params=COMPUTES)
def either(request: pytest.FixtureRequest, synthesize: Synthesize) -> Assembly:
    return synthesize(eks_compute=request.param)


def one(manifests: Manifests, kind: str) -> dict[str, Any]:
    """The only manifest of its kind."""
    (found,) = (manifest for manifest in manifests if manifest["kind"] == kind)
    return found


def pods(manifests: Manifests) -> dict[str, dict[str, Any]]:
    """The specification of every pod that the manifests make, by its maker's kind."""
    return {
        manifest["kind"]: manifest["spec"]["template"]["spec"]
        if manifest["kind"] == "Deployment"
        else manifest["spec"]
        for manifest in manifests
        if manifest["kind"] in {"Deployment", "Pod"}
    }
