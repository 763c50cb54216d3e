"""Options that more than one command has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence


class UsageError(ValueError):
    """Options that cannot be used."""


def add_parameter_argument(parser: argparse.ArgumentParser) -> None:
    """Declares `--parameter`."""
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="the value of a template's parameter, or of STACK:KEY; may be given again",
    )


def add_output_argument(parser: argparse.ArgumentParser) -> None:
    """Declares `--output`, for what `--format` says."""
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="where to write that; the table is printed all the same",
    )


def pairs(given: Sequence[str], option: str) -> dict[str, str]:
    """The values of an option by their keys; of a key that is given again, the last one.

    Raises:
        UsageError: some are no KEY=VALUE; it names all of them.
    """
    split = [text.partition("=") for text in given]
    broken = ["".join(each) for each in split if not (each[0] and each[1])]
    if broken:
        raise UsageError("\n".join(f"{option} takes KEY=VALUE, not {text!r}" for text in broken))
    return {key: value for key, _, value in split}
