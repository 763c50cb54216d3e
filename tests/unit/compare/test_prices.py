"""Price lists: those that come with cais, and new ones from answers shaped as AWS's."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from cais.compare.prices import (
    Price,
    PriceError,
    PriceList,
    Tier,
    bundled_regions,
    load_prices,
    read_prices,
    write_prices,
)
from cais.compare.prices.queries import Query, queries
from cais.compare.prices.refresh import refresh

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TODAY = date(2026, 11, 24)
EMPTY = PriceList(region="sa-east-1", currency="USD", dated=date(2026, 1, 1), prices={})


def test_prices_of_three_regions_come_with_cais():
    assert bundled_regions() == ("eu-west-1", "sa-east-1", "us-east-1")


@pytest.mark.parametrize("region", bundled_regions())
def test_every_price_has_a_source_and_rising_steps(region: str):
    prices = load_prices(region=region)
    assert prices.region == region
    assert prices.prices.keys() == load_prices(region="us-east-1").prices.keys()
    for price in prices.prices.values():
        assert price.source.startswith("https://"), price.id
        ends = [tier.up_to for tier in price.tiers]
        assert ends[-1] is None, price.id
        assert ends[:-1] == sorted(filter(None, ends[:-1])), price.id


def test_reading_gives_back_what_was_written():
    prices = load_prices(region="us-east-1")
    assert read_prices(json.loads(write_prices(prices))) == prices


def test_prices_are_old_after_half_a_year():
    assert not EMPTY.is_old(date(2026, 6, 30))
    assert EMPTY.is_old(date(2026, 7, 1))


def test_a_region_without_prices_names_the_next_command():
    with pytest.raises(PriceError, match=r"cais prices refresh --region ap-south-1 -o ap-south-1\.json"):
        load_prices(region="ap-south-1")


@pytest.mark.parametrize(
    ("text", "why"),
    [("{", "is no price list"), ('{"region": 1}', "is no price list"), ("[]", "is no price list")],
)
def test_a_broken_file_is_told(tmp_path: Path, text: str, why: str):
    path = tmp_path / "prices.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PriceError, match=why):
        load_prices(region="us-east-1", path=path)


def test_prices_of_another_region_are_refused(tmp_path: Path):
    path = tmp_path / "prices.json"
    path.write_text(write_prices(EMPTY), encoding="utf-8")
    with pytest.raises(PriceError, match="has the prices of sa-east-1, not of us-east-1"):
        load_prices(region="us-east-1", path=path)


@pytest.mark.parametrize(
    ("usage", "usage_type", "same"),
    [
        ("NatGateway-Hours", "NatGateway-Hours", True),
        ("NatGateway-Hours", "SAE1-NatGateway-Hours", True),
        ("NatGateway-Hours", "EU-NatGateway-Hours", True),
        ("NatGateway-Hours", "EU-RegionalNatGateway-Hours", False),
        ("Fargate-GB-Hours", "USE1-Fargate-ARM-GB-Hours", False),
        ("Request", "Lambda-Edge-Request", False),
        ("Lambda-GB-Second", "EU-Lambda-GB-Second-ARM", False),
        ("KMS-Keys", "sa-east-1-KMS-Keys", True),
    ],
)
def test_usage_types_are_told_apart_from_their_likes(usage: str, usage_type: str, *, same: bool):
    assert Query(id="", service="", usage=usage, unit="").matches(usage_type) is same


def product(usage: str, *steps: tuple[str, str, str]) -> str:
    """A product as the Price List API has it; its steps are begin, end and price."""
    dimensions = {
        f"SKU.TERM.{number}": {
            "unit": "Hrs",
            "beginRange": begin,
            "endRange": end,
            "description": f"${price} per unit",
            "appliesTo": [],
            "rateCode": f"SKU.TERM.{number}",
            "pricePerUnit": {"USD": price},
        }
        for number, (begin, end, price) in enumerate(steps)
    }
    return json.dumps(
        {
            "product": {"productFamily": "Any", "attributes": {"usagetype": usage}, "sku": "SKU"},
            "serviceCode": "Any",
            "terms": {"OnDemand": {"SKU.TERM": {"priceDimensions": dimensions, "sku": "SKU"}}},
            "version": "20261120000000",
        }
    )


def refreshed(
    answers: Mapping[str, list[str]], *, old: PriceList = EMPTY, types: tuple[str, ...] = ()
) -> Any:
    """What a refresh comes to when AWS answers each price's query so, and the others with nothing."""
    client = boto3.Session("key", "secret", region_name="us-east-1").client("pricing")
    with Stubber(client) as stub:
        for query in queries(types):
            fields = {query.region_field: old.region, **query.filters}
            filters = [
                {"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in fields.items()
            ]
            asked = {"ServiceCode": query.service, "Filters": filters}
            stub.add_response("get_products", {"PriceList": answers.get(query.id, [])}, asked)
        found = refresh(client, old=old, instance_types=types, today=TODAY)
        stub.assert_no_pending_responses()
    return found


def test_a_price_is_taken_with_its_steps():
    steps = [("6000000000", "15000000000", "0.0000150000"), ("15000000000", "Inf", "0.0000133334")]
    answer = product("SAE1-Lambda-GB-Second", *steps, ("0", "6000000000", "0.0000166667"))
    found = refreshed({"lambda-gb-second-x86": [answer]})
    assert found.prices.dated == TODAY
    assert found.prices.prices["lambda-gb-second-x86"] == Price(
        id="lambda-gb-second-x86",
        unit="GB-second",
        tiers=(
            Tier(Decimal("0.0000166667"), Decimal(6_000_000_000)),
            Tier(Decimal("0.000015"), Decimal(15_000_000_000)),
            Tier(Decimal("0.0000133334")),
        ),
        source="AWS Price List API, AWSLambda, SAE1-Lambda-GB-Second",
        confirmed=True,
    )


def test_products_of_other_usage_are_passed_over():
    answers = [
        product("SAE1-NatGateway-Hours", ("0", "Inf", "0.093")),
        product("SAE1-NatGateway-Prvd-Bytes", ("0", "Inf", "0.010")),
    ]
    assert refreshed({"nat-hour": answers}).prices.prices["nat-hour"].tiers == (Tier(Decimal("0.093")),)


def test_what_every_account_gets_for_free_comes_first():
    answer = product("SAE1-DataTransfer-Out-Bytes", ("0", "10240", "0.15"), ("10240", "Inf", "0.138"))
    assert refreshed({"egress-gb": [answer]}).prices.prices["egress-gb"].tiers == (
        Tier(Decimal(0), Decimal(100)),
        Tier(Decimal("0.15"), Decimal(10340)),
        Tier(Decimal("0.138")),
    )


def test_extended_support_is_told_whole():
    answers = {
        "eks-cluster-hour": [product("SAE1-AmazonEKS-Hours:perCluster", ("0", "Inf", "0.10"))],
        "eks-cluster-extended-hour": [product("SAE1-AmazonEKS-Hours:extendedSupport", ("0", "Inf", "0.50"))],
    }
    assert refreshed(answers).prices.prices["eks-cluster-extended-hour"].tiers == (Tier(Decimal("0.60")),)


def test_types_of_instances_are_asked_for():
    answer = product("SAE1-BoxUsage:m7i.large", ("0", "Inf", "0.1617"))
    found = refreshed({"ec2-m7i.large-hour": [answer]}, types=("m7i.large",))
    assert found.prices.prices["ec2-m7i.large-hour"].tiers == (Tier(Decimal("0.1617")),)


def test_what_aws_does_not_tell_stays_and_is_said():
    old = load_prices(region="us-east-1")
    found = refreshed({}, old=old)
    assert found.prices.prices == old.prices
    assert (
        "nat-hour: 0 different prices of AmazonEC2 NatGateway-Hours in us-east-1; the old price stays"
        in found.missing
    )


def test_two_prices_for_one_thing_are_none():
    answers = [
        product("SAE1-NatGateway-Hours", ("0", "Inf", "0.093")),
        product("SAE1-NatGateway-Hours", ("0", "Inf", "0.1")),
    ]
    found = refreshed({"nat-hour": answers})
    assert "nat-hour" not in found.prices.prices
    assert (
        "nat-hour: 2 different prices of AmazonEC2 NatGateway-Hours in sa-east-1; there is none"
        in found.missing
    )


def test_aws_out_of_reach_is_told():
    client = boto3.Session("key", "secret", region_name="us-east-1").client("pricing")
    with Stubber(client) as stub:
        stub.add_client_error("get_products", "AccessDeniedException", "not authorized")
        with pytest.raises(PriceError, match=r"cannot be asked: .*not authorized"):
            refresh(client, old=EMPTY, instance_types=(), today=TODAY)
