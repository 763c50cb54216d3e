"""`cais rules`: the catalogue of rules, or the page of one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cais.rules.catalogue import FAMILIES, UnknownRuleError, family, rule, rules_of, title

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("id", nargs="?", metavar="ID", help="the rule to explain, such as HLT101")


def run(arguments: argparse.Namespace) -> int:
    """Prints on stdout."""
    if arguments.id is None:
        _print_catalogue()
        return 0
    try:
        module = rule(arguments.id.upper())
    except UnknownRuleError as error:
        print(f"{error}; `cais rules` lists them all", file=sys.stderr)
        return 2
    print((module.__doc__ or "").strip())
    print(f"\nCauses: {', '.join(module.RULE.causes)}. Speed: {module.RULE.speed}.")
    return 0


def _print_catalogue() -> None:
    for name in FAMILIES:
        print(f"{name}: {family(name).TITLE}")
        for module in rules_of(name):
            print(f"  {module.RULE.id}  {title(module)}")
