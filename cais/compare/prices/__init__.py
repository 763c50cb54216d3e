"""Prices of AWS: dated files, one for each region, with the source of every price.

No price is written in code. `cais prices refresh` makes a file anew from the AWS Price List API.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OLD_DAYS = 180
"""From this age on, a file of prices is worth a warning."""


class PriceError(ValueError):
    """A file of prices that cannot be used, or a region that has none."""


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a price in USD. `up_to` is the month's quantity at which it ends, None for never."""

    amount: Decimal
    up_to: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price for each `unit`, in steps. `confirmed` is whether a public page was seen to say it."""

    id: str
    unit: str
    tiers: tuple[Tier, ...]
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """What AWS charges in one region, without taxes, as of `dated`."""

    region: str
    currency: str
    dated: date
    prices: Mapping[str, Price]

    def age_days(self, today: date) -> int:
        """How many days ago the prices were looked up."""
        return (today - self.dated).days

    def is_old(self, today: date) -> bool:
        """Whether that is long enough to doubt them."""
        return self.age_days(today) > OLD_DAYS


def bundled_regions() -> tuple[str, ...]:
    """The regions whose prices come with cais."""
    return tuple(
        sorted(file.name.removesuffix(".json") for file in _bundled().iterdir() if _is_list(file.name))
    )


def load_prices(*, region: str, path: Path | None = None) -> PriceList:
    """The prices at `path`, or those that come with cais for `region`.

    Raises:
        PriceError: there are none, or they cannot be read.
    """
    if path is None and region not in bundled_regions():
        raise PriceError(
            f"no prices of {region} come with cais, which has {', '.join(bundled_regions())}; "
            f"make them: cais prices refresh --region {region} -o {region}.json, then give that by --prices"
        )
    source = path or _bundled().joinpath(f"{region}.json")
    try:
        prices = read_prices(json.loads(source.read_text(encoding="utf-8")))
    except OSError as error:
        raise PriceError(f"{source}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise PriceError(f"{source}: is no price list of cais: {type(error).__name__}: {error}") from error
    if prices.region != region:
        raise PriceError(f"{source}: has the prices of {prices.region}, not of {region}")
    return prices


def read_prices(document: Mapping[str, Any]) -> PriceList:
    """A price list from its JSON."""
    return PriceList(
        region=document["region"],
        currency=document["currency"],
        dated=date.fromisoformat(document["dated"]),
        prices={name: _price(name, entry) for name, entry in document["prices"].items()},
    )


def write_prices(prices: PriceList) -> str:
    """The JSON of a price list, a price a line, with a line break at its end."""
    entries = ",\n".join(
        f"    {json.dumps(price.id)}: {json.dumps(_entry(price))}" for price in prices.prices.values()
    )
    return (
        f'{{\n  "schemaVersion": "1.0",\n  "region": {json.dumps(prices.region)},\n'
        f'  "currency": {json.dumps(prices.currency)},\n  "dated": "{prices.dated.isoformat()}",\n'
        f'  "prices": {{\n{entries}\n  }}\n}}\n'
    )


def _price(name: str, entry: Mapping[str, Any]) -> Price:
    return Price(
        id=name,
        unit=entry["unit"],
        tiers=tuple(
            Tier(Decimal(tier["amount"]), Decimal(tier["upTo"]) if "upTo" in tier else None)
            for tier in entry["tiers"]
        ),
        source=entry["source"],
        confirmed=entry["confirmed"],
    )


def _entry(price: Price) -> dict[str, Any]:
    tiers = [
        {"amount": f"{tier.amount:f}"}
        if tier.up_to is None
        else {"amount": f"{tier.amount:f}", "upTo": f"{tier.up_to:f}"}
        for tier in price.tiers
    ]
    return {"unit": price.unit, "tiers": tiers, "source": price.source, "confirmed": price.confirmed}


def _bundled() -> Any:
    return resources.files(__name__)


def _is_list(name: str) -> bool:
    return name.endswith(".json") and name != "instances.json"
