"""What each checker says of a folder of templates: the set of its complaints, each as a line.

A competitor has seen a fault when it complains of something that it did not complain of in the clean
templates: the most generous reading.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from templates import WORKFLOWS

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "bench"
CHECKOV = "checkov==3.3.30"


def _output(command: list[str], folder: Path) -> str:
    """What the command prints; a checker that finds something exits with its own code."""
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def _templates(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.template.json"))


def cais(folder: Path) -> list[dict[str, Any]]:
    """Our findings, as the JSON has them."""
    contract = ROOT / "service" / "contract.toml"
    where = [".", *([WORKFLOWS] if (folder / WORKFLOWS).exists() else [])]
    command = [sys.executable, "-m", "cais.cli", "preflight", *where, "--contract", str(contract)]
    return json.loads(_output([*command, "--format", "json"], folder))["findings"]


def cfn_lint(folder: Path) -> set[str]:
    said = json.loads(_output(["cfn-lint", "--format", "json", *_templates(folder)], folder) or "[]")
    return {f"{match['Rule']['Id']} {match['Location']['Path']} {match['Message']}" for match in said}


def installed(name: str, *packages: str) -> Path:
    """The program of that name, in an environment that has nothing but `packages`, as `pipx` makes one."""
    folder = CACHE / name
    if not folder.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin/pip", "install", "--quiet", *packages], check=True)
    return folder / "bin" / name


def checkov_program() -> Path:
    """checkov, which pins old versions of much that our own environment has."""
    return installed("checkov", CHECKOV)


def checkov(folder: Path) -> set[str]:
    command = [
        str(checkov_program()),
        "--framework",
        "cloudformation",
        "--output",
        "json",
        "--compact",
        "--quiet",
    ]
    said = json.loads(_output([*command, "--directory", "."], folder) or "{}")
    failed = said.get("results", {}).get("failed_checks", [])
    return {f"{check['check_id']} {check['resource']}" for check in failed}


def cdk(folder: Path) -> set[str]:
    """cdk-nag's AwsSolutions and CDK's own rules, on the templates included in an app."""
    said = _output([sys.executable, str(Path(__file__).with_name("nag.py")), "."], folder)
    return set(json.loads(said.splitlines()[-1]))


COMPETITORS = {"cfn-lint": cfn_lint, "checkov": checkov, "cdk-nag and CDK": cdk}


def zizmor(folder: Path) -> set[str]:
    """Of the workflows, with the complaints that it keeps for auditors."""
    files = [str(path) for path in sorted((folder / WORKFLOWS).iterdir())]
    command = ["zizmor", "--offline", "--no-progress", "--persona=auditor", "--format=json", *files]
    return {
        f"{each['ident']} {[place['symbolic']['route'] for place in each['locations']]}"
        for each in json.loads(_output(command, folder))
    }


OF_WORKFLOWS = {"zizmor": zizmor}
