"""`cais compare`: what the targets of templates cost and how they fare, side by side."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from cais.cli.usage import UsageError, add_output_argument, add_parameter_argument, pairs
from cais.compare.comparison import AssumptionError, Question, compare
from cais.compare.formatters import FORMATS, render
from cais.compare.load import BUILT_IN, LoadError, LoadProfile, UnreachableError, load_profile
from cais.compare.measured import MeasuredError, load_measured
from cais.compare.prices import PriceError, load_prices
from cais.contract import ContractError, load_contract
from cais.template import TemplateError, load

if TYPE_CHECKING:
    import argparse

    from cais.compare.report import Comparison

FINE, UNUSABLE, CANNOT_TELL = 0, 2, 3
DEFAULT_REGION = "us-east-1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "paths",
        nargs="*",
        default=[Path("cdk.out")],
        type=Path,
        metavar="PATH",
        help="templates (.json, .yaml, .yml, .template) or folders with them; default: cdk.out",
    )
    load = parser.add_mutually_exclusive_group()
    load.add_argument("--load", type=Path, metavar="FILE", help="the load profile, a TOML file")
    load.add_argument(
        "--load-from-stack", metavar="STACK", help="the load that a deployed stack had, from CloudWatch"
    )
    parser.add_argument("--requests-per-second", metavar="N", help="the mean load, in place of the profile's")
    parser.add_argument("--region", default=DEFAULT_REGION, help=f"whose prices; default: {DEFAULT_REGION}")
    parser.add_argument("--prices", type=Path, metavar="FILE", help="prices that `cais prices refresh` wrote")
    parser.add_argument(
        "--assume",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="the value of an assumption, such as services=12; may be given again",
    )
    add_parameter_argument(parser)
    parser.add_argument(
        "--measured", type=Path, metavar="FILE", help="what `cais verify --format json` wrote"
    )
    parser.add_argument("--contract", type=Path, metavar="FILE", help="what the image needs, a contract.toml")
    parser.add_argument("--format", choices=tuple(FORMATS), default="text", help="default: text")
    add_output_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes the comparison; the exit code says whether there was something to compare."""
    try:
        question = _question(arguments)
        parameters = pairs(arguments.parameter, "--parameter")
        assembly = load(arguments.paths, parameters=parameters)[0]
        comparison = compare(assembly, question)
        _write(comparison, as_format=arguments.format, file=arguments.output)
    except UnreachableError as error:
        print(error, file=sys.stderr)
        return CANNOT_TELL
    except TemplateError as error:
        print(f"{error}\nsynthesize first: cdk synth", file=sys.stderr)
        return UNUSABLE
    except (AssumptionError, ContractError, LoadError, MeasuredError, PriceError, UsageError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    for warning in comparison.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if not comparison.targets:
        print(
            "nothing in these templates answers requests: no ECS service, EKS cluster or API", file=sys.stderr
        )
        return CANNOT_TELL
    return FINE


def _question(arguments: argparse.Namespace) -> Question:
    profile = _profile(arguments)
    if arguments.requests_per_second is not None:
        rate = _number(arguments.requests_per_second, "--requests-per-second")
        profile = replace(profile, requests_per_second=rate)
    assumed = pairs(arguments.assume, "--assume")
    question = Question(
        load=profile,
        prices=load_prices(region=arguments.region, path=arguments.prices),
        today=datetime.now(UTC).date(),
        changes={name: _number(text, "--assume") for name, text in assumed.items()},
        measured=load_measured(arguments.measured) if arguments.measured else {},
        measured_from=arguments.measured.name if arguments.measured else "",
    )
    if arguments.contract:
        question = replace(question, startup_seconds=load_contract(arguments.contract).startup_seconds)
    return question


def _profile(arguments: argparse.Namespace) -> LoadProfile:
    if arguments.load_from_stack:
        from cais.live.observed_load import clients, load_from_stack  # noqa: PLC0415 - loads boto3

        cloudformation, cloudwatch = clients(arguments.region)
        return load_from_stack(
            arguments.load_from_stack,
            cloudformation=cloudformation,
            cloudwatch=cloudwatch,
            now=datetime.now(UTC),
        )
    return load_profile(arguments.load) if arguments.load else BUILT_IN


def _number(text: str, option: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise UsageError(f"{option} takes a number from 0, not {text!r}")
    return number


def _write(comparison: Comparison, *, as_format: str, file: Path | None) -> None:
    if file:
        try:
            file.write_text(render(comparison, as_format=as_format), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{file}: cannot be written: {error.strerror}") from error
    sys.stdout.write(render(comparison, as_format="table" if file else as_format))
