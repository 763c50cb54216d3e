"""`cais prices`: what AWS charges, as compare takes it, and how to make that anew."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cais.compare.prices import PriceError, PriceList, bundled_regions, load_prices, write_prices

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

FINE, UNUSABLE, CANNOT_TELL = 0, 2, 3
DEFAULT_REGION = "us-east-1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=("show", "refresh"),
        default="show",
        help="show the prices, or ask the AWS Price List API for new ones; default: show",
    )
    parser.add_argument("--region", default=DEFAULT_REGION, help=f"default: {DEFAULT_REGION}")
    parser.add_argument(
        "--prices", type=Path, metavar="FILE", help="a file of `refresh`, in place of cais's own"
    )
    parser.add_argument(
        "--instance",
        action="append",
        default=[],
        metavar="TYPE",
        help="refresh: a type of instance to price, too; may be given again",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="refresh: where to write; default: REGION.json"
    )


def run(arguments: argparse.Namespace) -> int:
    """Shows or writes prices; the exit code says whether there were any."""
    try:
        if arguments.action == "refresh":
            return _refresh(arguments)
        prices = load_prices(region=arguments.region, path=arguments.prices)
    except PriceError as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    for line in _lines(prices, _today()):
        print(line)
    return FINE


def _lines(prices: PriceList, today: date) -> Iterator[str]:
    age = prices.age_days(today)
    yield f"{prices.region}, {prices.currency}, as of {prices.dated} ({age} days ago)"
    if prices.is_old(today):
        yield f"That is long ago: cais prices refresh --region {prices.region}"
    width = max(map(len, prices.prices), default=0)
    for price in prices.prices.values():
        steps = ", ".join(
            f"{tier.amount:f}" + (f" up to {tier.up_to:f}" if tier.up_to else "") for tier in price.tiers
        )
        mark = " " if price.confirmed else "?"
        yield f"{mark} {price.id:<{width}}  {steps} for each {price.unit}  {price.source}"
    if any(not price.confirmed for price in prices.prices.values()):
        yield "? no public page was seen to confirm it"


def _refresh(arguments: argparse.Namespace) -> int:
    from cais.compare.prices.refresh import pricing_client, refresh  # noqa: PLC0415 - only this action needs it

    today = _today()
    try:
        old = _old(arguments.region, arguments.prices, today)
        types = dict.fromkeys([*_priced_types(old), *arguments.instance])
        refreshed = refresh(pricing_client(), old=old, instance_types=types, today=today)
    except PriceError as error:
        print(error, file=sys.stderr)
        return CANNOT_TELL
    path = arguments.output or Path(f"{arguments.region}.json")
    try:
        path.write_text(write_prices(refreshed.prices), encoding="utf-8")
    except OSError as error:
        print(f"{path}: cannot be written: {error.strerror}", file=sys.stderr)
        return UNUSABLE
    for sentence in refreshed.missing:
        print(f"warning: {sentence}", file=sys.stderr)
    print(
        f"written: {path}; use it: cais compare --region {arguments.region} --prices {path}", file=sys.stderr
    )
    return FINE


def _old(region: str, path: Path | None, today: date) -> PriceList:
    """What a refresh starts from: nothing, for a region that cais brings no prices of."""
    if path is None and region not in bundled_regions():
        return PriceList(region=region, currency="USD", dated=today, prices={})
    return load_prices(region=region, path=path)


def _priced_types(prices: PriceList) -> list[str]:
    """The types of instances that the list has."""
    return [
        name.removeprefix("ec2-").removesuffix("-hour") for name in prices.prices if name.startswith("ec2-")
    ]


def _today() -> date:
    return datetime.now(UTC).date()
