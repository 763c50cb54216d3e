"""The workflows themselves: linted, pinned, and let in by the roles of DeliveryStack."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cais.preflight import preflight
from tests.synthesis import ROOT, Synthesize
from tests.unit.delivery.tokens import ID, NAME, OWNER, OWNER_ID

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
NAMES = [path.name for path in WORKFLOWS]
COMMIT = re.compile(r"[\w-]+/[\w./-]+@[0-9a-f]{40}")
SCRIPTS = re.compile(r"scripts/\w+\.(?:py|sh)|(?<=-m )scripts\.\w+")


def jobs(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())["jobs"]


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job["steps"]]


def run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_zizmor_finds_nothing():
    assert run("zizmor", "--offline", "--no-progress", ".github") == ""


@pytest.mark.parametrize("path", WORKFLOWS, ids=NAMES)
def test_a_workflow_is_what_its_schema_says(path: Path):
    assert run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)) == ""


@pytest.mark.parametrize("path", WORKFLOWS, ids=NAMES)
def test_every_action_is_pinned_to_a_commit_and_says_its_version(path: Path):
    lines = [line.strip() for line in path.read_text().splitlines() if "uses:" in line]
    assert lines
    assert all(re.fullmatch(rf"(- )?uses: {COMMIT.pattern} # v\d+\.\d+\.\d+", line) for line in lines), lines


@pytest.mark.parametrize("path", WORKFLOWS, ids=NAMES)
def test_nothing_is_permitted_but_by_a_job_and_nothing_runs_twice_at_once(path: Path):
    body = yaml.safe_load(path.read_text())
    assert body["permissions"] == {}
    assert body["concurrency"]
    for job in jobs(path).values():
        assert job["permissions"]
        assert job["timeout-minutes"] <= 60


@pytest.mark.parametrize("path", WORKFLOWS, ids=NAMES)
def test_every_script_that_is_called_exists(path: Path):
    called = {name for step in steps(path) for name in SCRIPTS.findall(step.get("run", ""))}
    files = {ROOT / (name if "/" in name else f"{name.replace('.', '/')}.py") for name in called}
    assert files
    assert all(file.is_file() for file in files), files


@pytest.mark.parametrize("path", WORKFLOWS, ids=NAMES)
def test_a_job_that_may_get_a_token_is_the_one_that_assumes_a_role(path: Path):
    for job in jobs(path).values():
        assumes = any("role-to-assume" in step.get("with", {}) for step in job["steps"])
        assert (job["permissions"].get("id-token") == "write") == assumes


def test_whoever_deploys_waits_for_an_approval_and_for_the_image():
    deploying = {
        name: job for name, job in jobs(ROOT / ".github/workflows/deploy.yml").items() if "DEPLOY" in str(job)
    }
    assert set(deploying) == {"shared", "target", "helm"}
    for job in deploying.values():
        assert job["environment"] == "production"
        assert "build" in ([job["needs"]] if isinstance(job["needs"], str) else job["needs"])


@pytest.mark.cdk
def test_the_roles_let_our_jobs_in(synthesize: Synthesize):
    assembly = synthesize(github_repository=f"{OWNER}@{OWNER_ID}/{NAME}@{ID}")
    found = preflight([assembly.folder, ROOT / ".github" / "workflows"]).findings
    of_delivery = [finding for finding in found if finding.rule.startswith("OIDC")]
    assert [finding for finding in of_delivery if finding.verdict in {"refuted", "advice"}] == []
    let_in = {
        finding.service for finding in of_delivery if (finding.rule, finding.verdict) == ("OIDC101", "proven")
    }
    assert let_in == {
        "check.yml difference",
        "deploy.yml build",
        "deploy.yml shared",
        "deploy.yml target",
        "deploy.yml helm",
    }
