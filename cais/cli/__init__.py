"""The command line. stdout is the result, stderr is progress and errors.

Exit codes, the same everywhere: 0 fine, 1 refuted or unhealthy, 2 bad usage or unreadable input, 3 could not
tell. A command is a module of this package with `add_parser` and `run`.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from cais import __version__

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

COMMANDS = {
    "preflight": "prove from templates that what they deploy will come up",
    "rules": "list the rules of preflight, or print the page of one",
    "verify": "run the image as each target would, and measure it",
    "doctor": "say what this machine has to run services on, and how to get what it lacks",
    "up": "run the service as its task definition says, until Ctrl-C",
    "compare": "cost, parts, times and duties of the targets side by side, at your load",
    "prices": "show the prices that compare takes, or ask AWS for new ones",
}
"""Every command and what it does: only the module of the one that is called is loaded."""

CANNOT_TELL = 3
INTERRUPTED = 130  # what a shell says of a program that SIGINT ended


class Command(Protocol):
    """A module of this package."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declares the command's options."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Does it; the exit code."""
        ...


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command that `words`, by default those of the process, ask for; the exit code."""
    gc.set_threshold(
        50_000
    )  # what a command reads, it keeps until its end: there is little garbage to look for
    words = list(sys.argv[1:] if words is None else words)
    try:
        command, arguments = _parse(words)
        return command.run(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("CAIS_DEBUG"):
            raise
        print(
            f"cais failed, which it should not: {type(error).__name__}: {error}\n"
            "CAIS_DEBUG=1 shows where; please report that, with the templates if you can",
            file=sys.stderr,
        )
        return CANNOT_TELL


def _parse(words: list[str]) -> tuple[Command, argparse.Namespace]:
    arguments = build_parser(complete=words[:1]).parse_args(words)
    return cast("Command", import_module(f"cais.cli.{arguments.command}")), arguments


def _chosen(complete: Collection[str]) -> dict[str, str]:
    """Only what is called is built: seven other parsers would take as long as proving a small template."""
    return {name: summary for name, summary in COMMANDS.items() if name in complete} or COMMANDS


def build_parser(*, complete: Collection[str]) -> argparse.ArgumentParser:
    """The parser of the commands in `complete`; where none is, of every command, without their options."""
    parser = argparse.ArgumentParser(
        prog="cais",
        description="Lands one Flask image on ECS, EKS or Lambda, and proves that it will come up.",
    )
    parser.add_argument("--version", action="version", version=f"cais {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in _chosen(complete).items():
        subparser = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if name in complete:
            command = cast("Command", import_module(f"cais.cli.{name}"))
            command.add_arguments(subparser)
    return parser
