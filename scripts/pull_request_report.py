"""What a pull request changes on AWS, as Markdown: `python -m scripts.pull_request_report`.

Compares cdk.out with the templates that are deployed: the differences by `cdk diff`, the costs by
`cais compare`. Reading templates is all that this takes from AWS.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import boto3

from scripts.rollback import deployed_template

ASSEMBLY = Path("cdk.out")
CONTRACT = Path("service", "contract.toml")
SUFFIX = ".template.json"
NOTHING = '{"Resources": {}}'
LONGEST = 12_000
"""Characters of one stack's difference: GitHub takes 65,536 in a comment."""


def difference(stack: str, deployed: Path) -> str:
    """What `cdk diff` says of the stack of the assembly against a template; it needs no credentials."""
    command = ["cdk", "diff", stack, "--app", ASSEMBLY, "--template", deployed, "--exclusively"]
    command += ["--no-color", "--no-notices"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout.strip()


def section(title: str, text: str) -> str:
    """A stack's difference, folded."""
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}\n… and more"
    return f"<details><summary>{title}</summary>\n\n````diff\n{shown}\n````\n\n</details>"


def costs(folder: Path) -> dict[str, float]:
    """USD a month by the target's title, at the built-in load; empty where no target is in the folder."""
    command = [
        sys.executable,
        "-m",
        "cais.cli",
        "compare",
        folder,
        "--contract",
        CONTRACT,
        "--format",
        "json",
    ]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    targets = json.loads(done.stdout)["targets"] if done.stdout else ()
    return {target["title"]: target["perMonth"] for target in targets}


def table(before: dict[str, float], after: dict[str, float]) -> str:
    """Costs before and after."""
    rows = [
        f"| {name} | {old:.2f} | {new:.2f} | {new - old:+.2f} |"
        for name in sorted(before | after)
        for old, new in [(before.get(name, 0), after.get(name, 0))]
    ]
    return "\n".join(["| USD a month | before | after | |", "|---|--:|--:|--:|", *rows])


def fetch(folder: Path) -> list[str]:
    """Writes the deployed templates of the assembly's stacks into `folder`; the names of all these stacks."""
    cloudformation = boto3.client("cloudformation")
    stacks = sorted(path.name.removesuffix(SUFFIX) for path in ASSEMBLY.glob(f"*{SUFFIX}"))
    for stack in stacks:
        if template := deployed_template(cloudformation, stack):
            (folder / f"{stack}{SUFFIX}").write_text(template, encoding="utf-8")
    return stacks


def main() -> None:
    """Prints the report."""
    with tempfile.TemporaryDirectory() as name:
        deployed = Path(name)
        stacks = fetch(deployed)
        before = costs(deployed) if any(deployed.iterdir()) else {}
        print("### What this changes on AWS\n")
        for stack in stacks:
            template = deployed / f"{stack}{SUFFIX}"
            title = stack if template.is_file() else f"{stack} (new)"
            if not template.is_file():
                template.write_text(NOTHING, encoding="utf-8")
            print(section(title, difference(stack, template)))
        print(f"\n{table(before, costs(ASSEMBLY))}")


if __name__ == "__main__":
    main()
