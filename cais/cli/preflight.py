"""`cais preflight`: what the rules say of templates."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cais import __version__
from cais.cli.usage import UsageError, add_parameter_argument, pairs
from cais.contract import ContractError, load_contract
from cais.formatters import FORMATS, render
from cais.formatters.view import View
from cais.preflight import preflight
from cais.rules.catalogue import titles
from cais.template import TemplateError
from cais.template.creation import creation_places

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from cais.preflight import Report

FINE, REFUTED, UNUSABLE, CANNOT_TELL = 0, 1, 2, 3
DEFAULT = Path("cdk.out")
ON_CODE = frozenset({"github", "sarif"})
"""Formats that mark lines of code, where `cdk synth --debug` has told them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "paths",
        nargs="*",
        default=[DEFAULT],
        type=Path,
        metavar="PATH",
        help="templates (.json, .yaml, .yml, .template) or folders with them, and .github/workflows; "
        "default: cdk.out",
    )
    parser.add_argument("--contract", type=Path, metavar="FILE", help="what the image needs, a contract.toml")
    add_parameter_argument(parser)
    parser.add_argument("--strict", action="store_true", help="exit with 3 where something stays unproven")
    parser.add_argument("--format", choices=tuple(FORMATS), default="text", help="default: text")
    parser.add_argument("--all", action="store_true", help="show what is proven, too, with its evidence")


def run(arguments: argparse.Namespace) -> int:
    """Prints the findings on stdout; the exit code says what they come to."""
    try:
        parameters = pairs(arguments.parameter, "--parameter")
        contract = load_contract(arguments.contract) if arguments.contract else None
        report = preflight(arguments.paths, parameters=parameters, contract=contract)
    except (ContractError, UsageError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except TemplateError as error:
        hint = "\nname templates, or synthesize first: cdk synth" if arguments.paths == [DEFAULT] else ""
        print(f"{error}{hint}", file=sys.stderr)
        return UNUSABLE
    view = _view(report, paths=arguments.paths, everything=arguments.all, as_format=arguments.format)
    sys.stdout.write(render(view, as_format=arguments.format))
    for each in report.unjudged:
        print(f"not judged: {each}", file=sys.stderr)
    if not report.findings and not report.unjudged:
        print("no service is in these templates, so there is nothing to prove", file=sys.stderr)
    if contract and report.passed_over:
        print(
            f"the contract of {contract.name} was of no use: it is no container's name, and several get "
            f"requests: {', '.join(report.passed_over)}",
            file=sys.stderr,
        )
    return _exit_code(report, strict=arguments.strict)


def _view(report: Report, *, paths: Sequence[Path], everything: bool, as_format: str) -> View:
    findings = tuple(finding for finding in report.findings if everything or finding.verdict != "proven")
    return View(
        summary=report.summary,
        findings=findings,
        services=report.services,
        files=report.files,
        places=creation_places(paths, root=Path.cwd()) if as_format in ON_CODE else {},
        titles=titles({finding.rule for finding in findings}) if as_format == "sarif" else {},
        gaps=report.gaps,
        version=__version__,
        color=sys.stdout.isatty() and not os.environ.get("NO_COLOR"),
    )


def _exit_code(report: Report, *, strict: bool) -> int:
    if report.summary["refuted"]:
        return REFUTED
    open_ends = report.summary["unproven"] or report.gaps
    return CANNOT_TELL if strict and open_ends else FINE
