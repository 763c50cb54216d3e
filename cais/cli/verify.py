"""`cais verify`: the image run as each target would, measured."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cais.cli.running import (
    CANNOT_TELL,
    HOME,
    REFUSALS,
    add_request_arguments,
    refused,
    request_of,
    target_name,
)
from cais.cli.usage import add_output_argument
from cais.template import load
from cais.verify.errors import EngineMissingError, UnreadableError, VerifyError
from cais.verify.formatters import FORMATS
from cais.verify.progress import terminal_progress
from cais.verify.report import TargetReport
from cais.verify.tidy import tidy
from cais.verify.verifier import VERIFIERS, verifier

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

    from cais.template import Assembly
    from cais.verify.verifier import Progress, Request

FINE, UNHEALTHY = 0, 1


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
    add_output_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the reports on stdout; the exit code says what they come to."""
    progress = terminal_progress()
    try:
        request = request_of(arguments)
        assembly = load([arguments.assembly])[0]
        HOME.mkdir(mode=0o700, exist_ok=True)
        _require_writable(arguments.output)
        with tidy(progress):
            reports = _reports(arguments.targets, assembly, request=request, progress=progress)
    except REFUSALS as error:
        return refused(error, progress)
    _write(reports, as_format=arguments.format, file=arguments.output)
    return _exit_code(reports)


def _require_writable(file: Path | None) -> None:
    """Tells before the run, not after it, that its result has no place."""
    if file is None:
        return
    try:
        file.touch()
    except OSError as error:
        raise UnreadableError(f"-o {file} cannot be written: {error.strerror}") from error


def _write(reports: list[TargetReport], *, as_format: str, file: Path | None) -> None:
    if file:
        file.write_text(FORMATS[as_format](reports), encoding="utf-8")
    sys.stdout.write(FORMATS["text" if file else as_format](reports))


def _reports(
    named: list[str], assembly: Assembly, *, request: Request, progress: Progress
) -> list[TargetReport]:
    """Those of the targets that are named; where none is, of those that the assembly has and that run here.

    Raises:
        UnreadableError: a target that is named, or every one, is not in the assembly.
        EngineMissingError: none is named, and none of those in the assembly runs here.
    """
    reports: list[TargetReport] = []
    left_out: dict[str, VerifyError] = {}
    for target in named or VERIFIERS:
        try:
            reports.append(_report(target, assembly, request=request, progress=progress))
        except UnreadableError as error:
            if named:
                raise
            left_out[target] = error
        except EngineMissingError as error:
            if named:
                reports.append(_unknown(target, error))
            else:
                left_out[target] = error
    if not reports:
        raise _nothing(left_out)
    for target, error in left_out.items():
        progress.step(f"left out: {target}: {error}")
    return reports


def _nothing(left_out: Mapping[str, VerifyError]) -> VerifyError:
    """Why no target was run."""
    missing = {name: error for name, error in left_out.items() if isinstance(error, EngineMissingError)}
    text = "\n".join(f"{target}: {error}" for target, error in (missing or left_out).items())
    return EngineMissingError(text) if missing else UnreadableError(text)


def _report(target: str, assembly: Assembly, *, request: Request, progress: Progress) -> TargetReport:
    """The report of one target; that of a run which this machine broke off says how."""
    try:
        return verifier(target).verify(assembly, request=request, progress=progress)
    except (EngineMissingError, UnreadableError):
        raise
    except VerifyError as error:
        return _unknown(target, error)


def _unknown(target: str, error: VerifyError) -> TargetReport:
    return TargetReport(target=target, engine="", verdict="unknown", not_verified=(str(error),))


def _exit_code(reports: list[TargetReport]) -> int:
    verdicts = {report.verdict for report in reports}
    if "unhealthy" in verdicts:
        return UNHEALTHY
    return CANNOT_TELL if "unknown" in verdicts else FINE
