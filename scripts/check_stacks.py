#!/usr/bin/env python3
"""Synthesizes the stacks and proves them, for the workflow `check`: `scripts/check_stacks.py [CDK OPTION…]`.

Findings go to stdout as GitHub annotations on the line that made the construct, and to preflight.sarif.
Exits with 1 where a stack would not come up, or the synthesis found another fault.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ASSEMBLY = Path("cdk.out")
SARIF = Path("preflight.sarif")
WORKFLOWS = Path(".github", "workflows")
CONTRACT = Path("service", "contract.toml")


def synthesize(options: list[str]) -> int:
    """The exit code of `cdk synth`, with stack traces in the assembly; what it says goes to stderr."""
    command = ["cdk", "synth", "--debug", "--quiet", "--output", ASSEMBLY, *options]
    return subprocess.run(command, check=False, stdout=sys.stderr).returncode


def preflight(as_format: str) -> tuple[int, str]:
    """The exit code and the report of `cais preflight`."""
    command = [sys.executable, "-m", "cais.cli", "preflight", ASSEMBLY, WORKFLOWS, "--contract", CONTRACT]
    done = subprocess.run([*command, "--format", as_format], check=False, stdout=subprocess.PIPE, text=True)
    return done.returncode, done.stdout


def main(options: list[str]) -> int:
    """Proves what could be synthesized, even where the synthesis stopped at a finding."""
    synthesis = synthesize(options)
    if not (ASSEMBLY / "manifest.json").is_file():
        return synthesis
    _, report = preflight("sarif")
    SARIF.write_text(report, encoding="utf-8")
    proof, annotations = preflight("github")
    print(annotations, end="")
    return proof or synthesis


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
