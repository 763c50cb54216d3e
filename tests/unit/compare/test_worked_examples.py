"""AWS's own worked examples, to the cent, at the prices that each example states."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import pytest

from cais.compare.bill import in_tiers
from cais.compare.cost.api import http_api_requests
from cais.compare.cost.balancing import capacity_units
from cais.compare.cost.databases import capacity
from cais.compare.cost.egress import cross_zone_gb
from cais.compare.cost.fargate import task_hours
from cais.compare.cost.functions import gb_seconds
from cais.compare.cost.kubernetes import control_plane_hours
from cais.compare.cost.logs import kept_gb
from cais.compare.cost.network import nat_gateway
from cais.compare.cost.tables import read_units, write_units
from cais.compare.expression import evaluate, expression
from cais.compare.prices import Tier

if TYPE_CHECKING:
    from cais.compare.expression import Operand

FARGATE = "https://aws.amazon.com/fargate/pricing/"
LAMBDA = "https://aws.amazon.com/lambda/pricing/"


def dollars(amount: Operand, **values: str) -> Decimal:
    given = {name: Decimal(value) for name, value in values.items()}
    return evaluate(expression(amount), given).quantize(Decimal("0.01"), ROUND_HALF_UP)


def tiered(quantity: Operand, *tiers: Tier) -> Decimal:
    parts = in_tiers(expression(quantity), tiers)
    return dollars(sum((part * tier.amount for part, tier in parts), expression(0)))


@pytest.mark.parametrize(
    ("tasks", "seconds", "size", "prices", "charges"),
    [
        pytest.param(
            5, 600, (1, 2, 30), ("0.000011244", "0.000001235", "0.0000000308"), ("1.01", "0.22", "0.03"),
            id="five ECS tasks on x86",
        ),
        pytest.param(
            5, 600, (1, 2, 30), ("0.0000089944", "0.0000009889", "0.0000000308"), ("0.81", "0.18", "0.03"),
            id="five ECS tasks on ARM",
        ),
        pytest.param(
            10, 3600, ("0.25", 1, 20), ("0.000011244", "0.000001235", "0"), ("3.04", "1.33", "0.00"),
            id="ten EKS pods",
        ),
    ],
)  # fmt: skip
def test_fargate(
    tasks: int,
    seconds: int,
    size: tuple[Operand, Operand, Operand],
    prices: tuple[str, ...],
    charges: tuple[str, ...],
):
    """Examples 1 to 3 of FARGATE: tasks that run for a while on each of 30 days, at prices for a second."""
    hours = task_hours(tasks=tasks * 30, seconds=seconds, vcpu=size[0], memory_gb=size[1], storage_gb=size[2])
    billed = (hours.vcpu, hours.memory, hours.storage)
    assert [dollars(part * 3600 * price) for part, price in zip(billed, prices, strict=True)] == [
        Decimal(charge) for charge in charges
    ]


def test_fargate_bills_a_minute_at_least():
    short = task_hours(tasks=60, seconds=5, vcpu=1, memory_gb=2)
    assert (dollars(short.vcpu), dollars(short.memory)) == (1, 2)


def test_lambda_with_its_free_tier():
    """LAMBDA, as of 2020: 512 MB, 3 million requests of a second, at $0.00001667, less the free tier."""
    used = gb_seconds(requests=3_000_000, seconds=1, memory_mib=512)
    free_compute = (Tier(Decimal(0), Decimal(400_000)), Tier(Decimal("0.00001667")))
    free_requests = (Tier(Decimal(0), Decimal(1_000_000)), Tier(Decimal("0.0000002")))
    assert tiered(used, *free_compute) == Decimal("18.34")
    assert tiered(3_000_000, *free_requests) == Decimal("0.40")


def test_lambda_with_half_second_requests():
    """LAMBDA, 'Streaming server side rendered web content': 1,536 MB, 3 million requests of 500 ms."""
    used = gb_seconds(requests=3_000_000, seconds="0.5", memory_mib=1536)
    assert tiered(used, Tier(Decimal(0), Decimal(400_000)), Tier(Decimal("0.0000166667"))) == Decimal("30.83")


def test_lambda_of_a_fleet():
    """LAMBDA, 'Enriching streaming telemetry': 7.44 million requests of 2 s with 1 GB."""
    requests = 10_000 * 24 * 31
    assert dollars(gb_seconds(requests=requests, seconds=2, memory_mib=1024) * "0.0000166667") == Decimal(
        "248.00"
    )
    assert dollars(expression(requests) * "0.0000002") == Decimal("1.49")


def test_lambda_rounds_every_request_up_to_the_millisecond():
    assert dollars(gb_seconds(requests=1_000_000, seconds="0.0101", memory_mib=1024)) == 11_000


@pytest.mark.parametrize(
    ("load", "units", "month"),
    [
        pytest.param(
            (1, 120, "1.08", 5, 60),
            "1.08",
            "22.42",
            id="bytes are the most",
        ),
        pytest.param(
            (100, 18000, "0.36", 4, 20),
            "6",
            "50.76",
            id="active connections are the most",
        ),
    ],
)
def test_application_load_balancer(load: tuple[Operand, ...], units: str, month: str):
    """https://aws.amazon.com/elasticloadbalancing/pricing/, in 720 hours at $0.0225 and $0.008 an LCU."""
    connections, active, gigabytes, requests, rules = load
    used = capacity_units(
        connections=connections, active=active, gb_per_hour=gigabytes, requests=requests, rules=rules
    )
    assert evaluate(used, {}) == Decimal(units)
    assert dollars((used * "0.008" + "0.0225") * 720) == Decimal(month)


def test_application_load_balancer_counts_the_bytes_of_functions_more():
    used = capacity_units(connections=0, active=0, gb_per_hour=1, requests=0, functions=True)
    assert evaluate(used, {}) == Decimal("2.5")


@pytest.mark.parametrize(
    ("kilobytes", "month"),
    [pytest.param(340, "216.00", id="of 340 KB"), pytest.param(600, "418.80", id="of 600 KB, metered twice")],
)
def test_http_api(kilobytes: int, month: str):
    """https://aws.amazon.com/api-gateway/pricing/: 216 million requests; 300 at $1.00 and 132 at $0.90."""
    billed = http_api_requests(requests=216_000_000, request_kb=kilobytes, response_kb=1)
    tiers = (Tier(Decimal("0.000001"), Decimal(300_000_000)), Tier(Decimal("0.0000009")))
    assert tiered(billed, *tiers) == Decimal(month)


def test_eks_control_plane():
    """https://aws.amazon.com/eks/pricing/: $0.10 an hour in standard support, $0.60 in extended support."""
    standard, extended = control_plane_hours(hours=730, extended_share=0)
    assert dollars(standard * "0.10" + extended * "0.60") == Decimal("73.00")
    standard, extended = control_plane_hours(hours=730, extended_share=1)
    assert dollars(standard * "0.10" + extended * "0.60") == Decimal("438.00")


def test_nat_gateway():
    """https://aws.amazon.com/vpc/pricing/: a file of 1 GB through a NAT gateway, $0.045 an hour and a GB."""
    hours, gigabytes = nat_gateway(hours=1, gigabytes=1)
    assert (dollars(hours * "0.045"), dollars(gigabytes * "0.045")) == (Decimal("0.05"), Decimal("0.05"))
    assert evaluate(hours * "0.045" + gigabytes * "0.045", {}) == Decimal("0.090")


def test_dynamodb_on_demand():
    """https://aws.amazon.com/dynamodb/pricing/on-demand/: 3.55 million writes and as many reads of 1 KB."""
    writes = write_units(items=3_550_000, kb=1)
    reads = read_units(reads=3_550_000, kb=1, consistent=True)
    assert dollars(writes * "0.000000625") == Decimal("2.22")
    assert dollars(reads * "0.000000125") == Decimal("0.44")


def test_dynamodb_units():
    """The same page, 'Key terms': reads by 4 KB, half of that if eventually consistent; writes by 1 KB."""
    assert evaluate(read_units(reads=1, kb=8, consistent=True), {}) == 2
    assert evaluate(read_units(reads=1, kb=8), {}) == 1
    assert evaluate(write_units(items=1, kb="1.5"), {}) == 2


def test_aurora_serverless():
    """AWS's toolkit for Aurora: half an ACU at $0.12 for 730 hours, the least that one costs when awake."""
    least = capacity(load=0, least=0, most=4, rate=200)
    assert dollars(least * 730 * "0.12") == Decimal("43.80")


def test_aurora_follows_the_load_within_its_bounds():
    assert evaluate(capacity(load=500, least=1, most=4, rate=200), {}) == Decimal("2.5")
    assert evaluate(capacity(load=5000, least=1, most=4, rate=200), {}) == 4


def test_traffic_between_zones_is_paid_on_both_sides():
    """https://aws.amazon.com/ec2/pricing/on-demand/: $0.01 a GB in each direction."""
    assert dollars(cross_zone_gb(gigabytes=100, share=1) * "0.01") == Decimal("2.00")


def test_logs_are_kept_compressed():
    """https://aws.amazon.com/cloudwatch/pricing/: a month's 1 GB is kept as 0.15 GB."""
    kept = kept_gb(gb_per_month=expression(1), days="30.4")
    assert evaluate(kept, {"log_compression": Decimal("0.15")}) == Decimal("0.15")
