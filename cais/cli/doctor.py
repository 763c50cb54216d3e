"""`cais doctor`: what this machine has, and how to get what it lacks."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from cais.verify.doctor import examine

if TYPE_CHECKING:
    import argparse

    from cais.verify.doctor import Finding

FINE, LACKING = 0, 3
SCHEMA_VERSION = "1.0"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(arguments: argparse.Namespace) -> int:
    """Prints a line for every engine; 3 where one is missing."""
    findings = examine()
    print(_json(findings) if arguments.format == "json" else _text(findings))
    return FINE if all(finding.present for finding in findings) else LACKING


def _text(findings: list[Finding]) -> str:
    width = max(len(finding.name) for finding in findings)
    lines: list[str] = []
    for finding in findings:
        state = (finding.version or "present") if finding.present else "missing"
        lines.append(f"{finding.name.ljust(width)}  {state.ljust(9)}  {finding.purpose}")
        if finding.install:
            lines.append(f"{' ' * width}  install: {finding.install}")
    return "\n".join(lines)


def _json(findings: list[Finding]) -> str:
    document = {"schemaVersion": SCHEMA_VERSION, "engines": [asdict(finding) for finding in findings]}
    return json.dumps(document, indent=2)
