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
        default=list(VERIFIERS),
        type=target_name,
        metavar="TARGET",
        help=f"{', '.join(VERIFIERS)}; default: all of them",
    )
    add_request_arguments(parser)
    parser.add_argument("--format", choices=tuple(FORMATS), default="text", help="default: text")


def run(arguments: argparse.Namespace) -> int:
    """Prints the reports on stdout; the exit code says what they come to."""
    try:
        request = request_of(arguments)
        assembly = load([arguments.assembly])[0]
        HOME.mkdir(mode=0o700, exist_ok=True)
        progress = terminal_progress()
        reports = [
            report_of(target, assembly, request=request, progress=progress) for target in arguments.targets
        ]
    except TemplateError as error:
        print(f"{error}\nsynthesize first: cdk synth", file=sys.stderr)
        return UNUSABLE
    except (ContractError, UnreadableError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    sys.stdout.write(FORMATS[arguments.format](reports))
    return _exit_code(reports)


def report_of(target: str, assembly: Assembly, *, request: Request, progress: Progress) -> TargetReport:
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
