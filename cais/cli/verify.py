"""`cais verify`: the image run as each target would, measured."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cais.cli.running import HOME, add_request_arguments, request_of, target_name
from cais.contract import ContractError
from cais.template import TemplateError, load
from cais.verify.errors import EngineMissingError, UnreadableError, VerifyError
from cais.verify.formatters import FORMATS
from cais.verify.progress import terminal_progress
from cais.verify.report import TargetReport, VerifyFinding
from cais.verify.tidy import tidy
from cais.verify.verifier import VERIFIERS, verifier

if TYPE_CHECKING:
    import argparse

    from cais.template import Assembly
    from cais.verify.verifier import Progress, Request

FINE, UNHEALTHY, UNUSABLE, CANNOT_TELL = 0, 1, 2, 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "targets",
        nargs="*",
        type=target_name,
        metavar="TARGET",
        help=f"{', '.join(VERIFIERS)}; default: those that are in the assembly",
    )
    add_request_arguments(parser)
    parser.add_argument("--format", choices=tuple(FORMATS), default="text", help="default: text")


def run(arguments: argparse.Namespace) -> int:
    """Prints the reports on stdout; the exit code says what they come to."""
    progress = terminal_progress()
    try:
        request = request_of(arguments)
        assembly = load([arguments.assembly])[0]
        HOME.mkdir(mode=0o700, exist_ok=True)
        with tidy():
            reports = _reports(arguments.targets, assembly, request=request, progress=progress)
    except TemplateError as error:
        progress.step(f"{error}\nsynthesize first: cdk synth")
        return UNUSABLE
    except (ContractError, UnreadableError) as error:
        progress.step(str(error))
        return UNUSABLE
    sys.stdout.write(FORMATS[arguments.format](reports))
    return _exit_code(reports)


def _reports(
    named: list[str], assembly: Assembly, *, request: Request, progress: Progress
) -> list[TargetReport]:
    """Those of the targets that are named; where none is, of those that the assembly has.

    Raises:
        UnreadableError: a target that is named, or every one, is not in the assembly.
    """
    reports: list[TargetReport] = []
    absent: list[str] = []
    for target in named or VERIFIERS:
        try:
            reports.append(_report(target, assembly, request=request, progress=progress))
        except UnreadableError as error:
            if target in named:
                raise
            absent.append(f"{target}: {error}")
    if not reports:
        raise UnreadableError("\n".join(absent))
    for line in absent:
        progress.step(f"left out: {line}")
    return reports


def _report(target: str, assembly: Assembly, *, request: Request, progress: Progress) -> TargetReport:
    """The report of one target; that of a target which cannot be run here says why."""
    try:
        return verifier(target).verify(assembly, request=request, progress=progress)
    except EngineMissingError as error:
        return TargetReport(target=target, engine="", verdict="unknown", not_verified=(str(error),))
    except UnreadableError:
        raise
    except VerifyError as error:
        finding = VerifyFinding(cause="", resource=target, message=str(error), fix="")
        return TargetReport(target=target, engine="", verdict="unhealthy", findings=(finding,))


def _exit_code(reports: list[TargetReport]) -> int:
    verdicts = {report.verdict for report in reports}
    if "unhealthy" in verdicts:
        return UNHEALTHY
    return CANNOT_TELL if "unknown" in verdicts else FINE
