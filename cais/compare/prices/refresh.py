"""Prices anew from the AWS Price List API.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cais.compare.prices import Price, PriceError, PriceList, Tier
from cais.compare.prices.queries import Query, queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

ENDPOINT_REGION = "us-east-1"
"""The API is in few regions, and tells the prices of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """The new list, and a sentence on each price that the API did not tell."""

    prices: PriceList
    missing: tuple[str, ...]


def pricing_client() -> Any:
    """A client of the Price List API.

    Raises:
        PriceError: boto3 is not installed.
    """
    try:
        import boto3  # noqa: PLC0415 - only this command speaks to AWS
    except ImportError as error:
        raise PriceError("boto3 is missing: pip install 'cais[live]'") from error
    return boto3.client("pricing", region_name=ENDPOINT_REGION)


def refresh(client: Any, *, old: PriceList, instance_types: Iterable[str], today: date) -> Refreshed:
    """The prices of a region as AWS tells them today; what it does not tell stays as it was.

    Raises:
        PriceError: AWS cannot be asked.
    """
    prices, missing = dict(old.prices), []
    for query in queries(instance_types):
        found = _price(query, client, region=old.region)
        if isinstance(found, Price):
            prices[query.id] = found
        else:
            kept = "the old price stays" if query.id in prices else "there is none"
            missing.append(f"{query.id}: {found}; {kept}")
    _add_up(prices, queries(()))
    return Refreshed(prices=replace(old, dated=today, prices=prices), missing=tuple(missing))


def _price(query: Query, client: Any, *, region: str) -> Price | str:
    """The price, or why there is none."""
    products = [item for item in _products(query, client, region=region) if query.matches(_usage(item))]
    found = {tiers for product in products if (tiers := _tiers(product, free=query.free))}
    if len(found) != 1:
        return f"{len(found)} different prices of {query.service} {query.usage} in {region}"
    source = f"AWS Price List API, {query.service}, {_usage(products[0])}"
    return Price(id=query.id, unit=query.unit, tiers=next(iter(found)), source=source, confirmed=True)


def _products(query: Query, client: Any, *, region: str) -> Iterator[Mapping[str, Any]]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only here

    fields = {query.region_field: region, **query.filters}
    filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in fields.items()]
    try:
        for page in client.get_paginator("get_products").paginate(ServiceCode=query.service, Filters=filters):
            yield from map(json.loads, page["PriceList"])
    except (BotoCoreError, ClientError) as error:
        raise PriceError(f"the AWS Price List API cannot be asked: {error}") from error


def _usage(product: Mapping[str, Any]) -> str:
    return product["product"]["attributes"].get("usagetype", "")


def _tiers(product: Mapping[str, Any], *, free: int) -> tuple[Tier, ...]:
    """The steps of a product's on-demand price in USD; none where it has no such price."""
    steps = [
        step
        for offer in product["terms"].get("OnDemand", {}).values()
        for step in offer["priceDimensions"].values()
        if "USD" in step["pricePerUnit"]
    ]
    ordered = sorted(steps, key=lambda step: Decimal(step["beginRange"]))
    tiers = [Tier(_plain(step["pricePerUnit"]["USD"]), _end(step["endRange"], free=free)) for step in ordered]
    return _after_free(tiers, free=free)


def _after_free(tiers: Sequence[Tier], *, free: int) -> tuple[Tier, ...]:
    return (Tier(Decimal(0), Decimal(free)), *tiers) if free and tiers else tuple(tiers)


def _end(text: str, *, free: int) -> Decimal | None:
    return None if text == "Inf" else Decimal(text) + free


def _plain(text: str) -> Decimal:
    """The number without the zeros at its end."""
    return Decimal(f"{Decimal(text).normalize():f}")


def _add_up(prices: dict[str, Price], fixed: Iterable[Query]) -> None:
    """Makes a price that comes on top of another one whole."""
    for query in fixed:
        price, base = prices.get(query.id), prices.get(query.added_to)
        if base and price and price.source.startswith("AWS Price List API"):
            tier = Tier(price.tiers[0].amount + base.tiers[0].amount)
            prices[query.id] = replace(price, tiers=(tier,))
