"""Comparisons of small templates: bills, curves, crossovers and what is said about them."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from cais.compare.comparison import AssumptionError
from cais.compare.formatters import FORMATS, render
from cais.compare.formatters.as_json import document
from cais.compare.formatters.table import rows_of
from cais.compare.measured import MeasuredError, load_measured
from tests.unit.compare.conftest import ECS, EKS, NETWORK, SERVERLESS, TEMPLATES

if TYPE_CHECKING:
    from cais.compare.comparison import Question
    from cais.compare.report import Comparison, Target
    from tests.unit.compare.conftest import Comparing

SCHEMA = Path(__file__).parents[3] / "docs" / "reference" / "compare.schema.json"


def target(comparison: Comparison, name: str) -> Target:
    return next(item for item in comparison.targets if item.name == name)


def bill(comparison: Comparison, name: str) -> dict[str, tuple[float, float]]:
    """Quantity and amount of every line that costs something, by label."""
    found = next(item for item in document(comparison)["targets"] if item["name"] == name)
    return {line["label"]: (line["quantity"], line["amount"]) for line in found["lines"] if line["amount"]}


def test_each_target_is_priced_with_what_it_shares(comparing: Comparing):
    comparison = comparing()
    assert [item.name for item in comparison.targets] == ["ecs", "eks", "eks-auto-mode", "serverless"]
    assert target(comparison, "ecs").templates == ("ecs.yaml", "network.yaml")
    assert target(comparison, "eks-auto-mode").variant_of == "eks"
    assert not any(item.unpriced for item in comparison.targets)


def test_the_bill_of_ecs(comparing: Comparing):
    assert bill(comparing(), "ecs") == {
        "Fargate vCPU": (365, 14.7752),
        "Fargate memory": (730, 3.24485),
        "ALB hours": (730, 16.425),
        "ALB capacity units": (63.072, 0.504576),
        "NAT gateway hours": (730, 32.85),
        "NAT gateway data": (3.942, 0.17739),
        "public IPv4 of the NAT gateway": (730, 3.65),
        "public IPv4 of the load balancer": (1460, 7.3),
        "data between zones": (63.072, 0.63072),
        "Aurora capacity": (365, 43.8),
        "Aurora storage": (0.5, 0.05),
        "Aurora I/O": (6570000, 1.314),
        "logs taken in": (3.942, 1.971),
        "logs kept": (0.583519737, 0.017505592),
        "images in ECR": (1.8, 0.18),
        "secret": (1, 0.4),
    }


def test_the_nodes_of_eks_hold_the_pods_and_what_runs_beside_them(comparing: Comparing):
    lines = bill(comparing(), "eks")
    assert lines["EKS control plane"] == (730, 73)
    assert lines["t3.medium nodes"] == (1460, 60.736), "two nodes, the least of the group"
    at_100 = bill(comparing(), "eks")
    assert at_100 == lines


def test_more_load_needs_more_nodes(comparing: Comparing, question: Question):
    busy = replace(question, load=replace(question.load, requests_per_second=Decimal(1000)))
    lines = bill(comparing(busy), "eks")
    # 1,000 requests/s × 6 ms ÷ (0.25 vCPU × 60 %) are 40 pods; six of 512 MiB fit beside what a node keeps.
    assert lines["t3.medium nodes"][0] == 7 * 730


def test_auto_mode_pays_its_surcharge_and_no_add_ons(comparing: Comparing):
    comparison = comparing()
    assert bill(comparison, "eks-auto-mode")["Auto Mode for c6a.large"] == (1460, 13.4028)
    kinds = [part.kind for part in target(comparison, "eks-auto-mode").parts.upkeep]
    assert kinds == ["cluster", "chart"]


def test_the_bill_of_lambda(comparing: Comparing):
    lines = bill(comparing(), "serverless")
    assert lines["Lambda requests"] == (13_140_000, 2.628)
    # 13.14 million requests of 25 ms, and one in 200 of 2 s more, with half a GB.
    assert lines["Lambda duration"][0] == 13_140_000 * 0.025 / 2 + 65_700 * 2 / 2
    assert lines["HTTP API requests"] == (13_140_000, 13.14)
    assert lines["logs taken in"][0] == 7.884, "Lambda logs as much again"


def test_every_line_is_quantity_times_unit_price_for_a_resource_of_the_templates(comparing: Comparing):
    comparison = comparing()
    for item in document(comparison)["targets"]:
        for line in item["lines"]:
            assert line["amount"] == pytest.approx(line["quantity"] * line["unitPrice"], abs=1e-8), line["id"]
            assert line["resources"], line["label"]
            for resource in line["resources"]:
                assert f"  {resource['logicalId']}:" in TEMPLATES[resource["template"].removesuffix(".yaml")]


def test_the_sum_of_the_lines_is_the_total_and_a_point_of_the_curve(comparing: Comparing, question: Question):
    at_grid = replace(question, load=replace(question.load, requests_per_second=Decimal(10)))
    found = document(comparing(at_grid))
    at = found["curves"]["requestsPerSecond"].index(10)
    for item in found["targets"]:
        assert item["perMonth"] == pytest.approx(sum(line["amount"] for line in item["lines"]), abs=1e-6)
        assert item["perMonth"] == pytest.approx(found["curves"]["perMonth"][item["name"]][at], abs=1e-6)


def test_a_database_pauses_without_load_but_not_under_readiness_probes(
    comparing: Comparing, question: Question
):
    idle = replace(question, load=replace(question.load, requests_per_second=Decimal(0)))
    comparison = comparing(idle)
    assert "Aurora capacity" not in bill(comparison, "ecs")
    assert "Aurora capacity" not in bill(comparison, "serverless")
    assert bill(comparison, "eks")["Aurora capacity"] == (365, 43.8)
    assert comparison.per_million("ecs") is None


def test_the_cheapest_target_changes_where_the_curves_cross(comparing: Comparing):
    comparison = comparing()
    first = comparison.crossovers[0]
    assert (first.below, first.above) == ("serverless", "ecs")
    assert first.low < first.rate < first.high
    at = next(number for number, rate in enumerate(comparison.grid) if rate > first.rate)
    below, above = (comparison.curves[name] for name in ("serverless", "ecs"))
    assert below[at - 1] <= above[at - 1]
    assert below[at] > above[at]
    assert [one.assumption for one in first.influences], "something is uncertain"


def test_a_sum_is_plausible_within_its_band(comparing: Comparing, question: Question):
    comparison = comparing()
    low, high = comparison.bands["serverless"]
    assert low < comparison.monthly["serverless"] < high
    for end in ("request_seconds", "cold_start_share"):
        item = next(one for one in comparison.assumptions if one.id == end)
        moved = comparing(replace(question, changes={end: item.high})).monthly["serverless"]
        assert comparison.monthly["serverless"] < moved < high
    values = {item.id: item.default for item in comparison.assumptions}
    sure = comparing(replace(question, changes=values))
    assert sure.bands == {name: (cost, cost) for name, cost in sure.monthly.items()}


def test_what_is_known_moves_no_crossover(comparing: Comparing, question: Question):
    doubted = {one.assumption for item in comparing().crossovers for one in item.influences}
    assert "cpu_seconds_per_request" in doubted or "request_seconds" in doubted
    known = replace(question.load, given=frozenset({"cpu_ms", "duration_ms"}))
    sure = comparing(replace(question, load=known))
    names = {one.assumption for item in sure.crossovers for one in item.influences}
    assert not names & {"cpu_seconds_per_request", "request_seconds"}


def test_a_cluster_pays_off_with_enough_services(comparing: Comparing, question: Question):
    comparison = comparing()
    pay_off = next(item for item in comparison.pay_offs if item.target == "eks")
    assert pay_off.services is not None
    before, after = (
        comparing(replace(question, changes={"services": Decimal(count)})).monthly
        for count in (pay_off.services - 1, pay_off.services)
    )
    assert before["eks"] >= before["ecs"]
    assert after["eks"] < after["ecs"]


def test_savings_plans_and_spot_are_parameters(comparing: Comparing, question: Question):
    changes = {"savings_fargate": Decimal("0.5"), "fargate_spot_share": Decimal("0.5")}
    lines = bill(comparing(replace(question, changes=changes)), "ecs")
    assert lines["Fargate vCPU"] == (182.5, 182.5 * 0.04048 / 2)
    assert lines["Fargate vCPU, Spot"] == (182.5, pytest.approx(182.5 * 0.01291))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"speed": Decimal(1)}, "no assumption is called 'speed'"),
        ({"services": Decimal(0)}, "must be from 1 to 200"),
    ],
)
def test_an_assumption_that_cannot_be_is_told(
    comparing: Comparing, question: Question, change: dict[str, Decimal], told: str
):
    with pytest.raises(AssumptionError, match=told):
        comparing(replace(question, changes=change))


def test_old_prices_are_a_warning(comparing: Comparing, question: Question):
    old = replace(question, prices=replace(question.prices, dated=question.today.replace(year=2025)))
    assert "the prices are 365 days old" in comparing(old).warnings[0]


def test_without_a_price_the_line_is_told_and_the_sum_is_a_least_one(
    comparing: Comparing, question: Question
):
    prices = {name: price for name, price in question.prices.prices.items() if name != "nat-hour"}
    lacking = replace(question, prices=replace(question.prices, prices=prices))
    comparison = comparing(lacking, network=NETWORK, ecs=ECS)
    (missing,) = target(comparison, "ecs").unpriced
    assert (missing.label, missing.reason) == ("NAT gateway hours", "us-east-1 has no price 'nat-hour'")
    assert "ECS Fargate costs more than that: 1 not priced (NAT gateway hours)." in comparison.verdict


@pytest.mark.parametrize(
    ("changed", "label", "reason"),
    [
        (
            ("LaunchType: FARGATE", "LaunchType: EC2"),
            "machines of Service",
            "those of EC2 are not in these templates",
        ),
        (('Cpu: "256"', "Cpu: !ImportValue Size"), "tasks of Service", 'not known: export "Size"'),
        (("Type: application", "Type: network"), "load balancer Balancer", "of kind network is not modelled"),
        (
            ("TaskDefinition: !Ref Task", "TaskDefinition: other:3"),
            "tasks of Service",
            "is not in the templates",
        ),
    ],
)
def test_what_cannot_be_priced_is_told_with_the_reason(
    comparing: Comparing, changed: tuple[str, str], label: str, reason: str
):
    comparison = comparing(network=NETWORK, ecs=ECS.replace(*changed))
    found = {item.label: item.reason for item in target(comparison, "ecs").unpriced}
    assert reason in found[label]


ON_INSTANCES = ECS.replace("LaunchType: FARGATE", "LaunchType: EC2")


def test_what_may_cost_more_than_is_known_is_not_called_the_cheapest(comparing: Comparing):
    comparison = comparing(network=NETWORK, ecs=ON_INSTANCES, eks=EKS)
    first, by_load, *rest = comparison.verdict
    assert first.startswith(
        "At 5 requests/s the cheapest cannot be told, as not all of ECS is priced: ECS at"
    )
    assert by_load.startswith("As far as it is priced: ")
    assert "ECS costs more than that: 1 not priced (machines of Service)." in rest
    assert rest[-1].startswith("As far as it is priced: EKS Auto Mode costs ")


def test_what_nobody_has_priced_leaves_the_cheapest_the_cheapest(comparing: Comparing):
    first = comparing(ecs=ECS, serverless=SERVERLESS).verdict[0]
    assert first.startswith("At 5 requests/s the cheapest is Lambda"), "the network of both is not there"


def test_a_pod_that_fits_on_no_node_leaves_the_nodes_open(comparing: Comparing, question: Question):
    full = replace(question, changes={"node_reserved_gib": Decimal(4)})
    found = {item.label: item.reason for item in target(comparing(full), "eks").unpriced}
    assert found["t3.medium nodes"] == "nothing fits on a node of 1.78 vCPU, 0 GiB and 14 pods"
    large = comparing(network=NETWORK, eks=EKS.replace('"512Mi"', '"32Gi"'))
    found = {item.label: item.reason for item in target(large, "eks").unpriced}
    assert found["t3.medium nodes"] == "a pod of 0.25 vCPU and 32 GiB is larger than a node"
    tight = comparing(network=NETWORK, eks=EKS.replace('"512Mi"', '"3200Mi"'))
    found = {item.label for item in target(tight, "eks").unpriced}
    assert "t3.medium nodes" in found, "it fits beside the estimate of what a node keeps, not beside the most"


def test_sizes_may_have_units(comparing: Comparing):
    sized = ECS.replace('Cpu: "256"', "Cpu: .25 vCPU").replace('Memory: "512"', "Memory: 0.5GB")
    assert bill(comparing(network=NETWORK, ecs=sized), "ecs") == bill(
        comparing(network=NETWORK, ecs=ECS), "ecs"
    )


def test_a_service_without_its_network_says_so(comparing: Comparing):
    comparison = comparing(ecs=ECS)
    found = [item.label for item in target(comparison, "ecs").unpriced]
    assert found == ["network"]


def test_a_node_of_a_size_that_nobody_knows_is_told(comparing: Comparing):
    comparison = comparing(network=NETWORK, eks=EKS.replace("t3.medium", "u7i-12tb.224xlarge"))
    (missing,) = target(comparison, "eks").unpriced
    assert missing.reason == "the size of u7i-12tb.224xlarge is not known"


def test_types_that_no_bill_knows_are_named(comparing: Comparing):
    queue = "  Jobs: {Type: AWS::SQS::Queue}\n"
    comparison = comparing(network=NETWORK, serverless=SERVERLESS + queue)
    assert "AWS::SQS::Queue: serverless.yaml Jobs" in comparison.not_modelled


def test_templates_without_a_service_compare_nothing(comparing: Comparing):
    comparison = comparing(network=NETWORK)
    assert comparison.targets == ()
    assert comparison.verdict == (
        "Nothing in these templates answers requests, so there is nothing to compare.",
    )


def test_times_are_computed_from_the_settings_until_somebody_measures(
    comparing: Comparing, question: Question
):
    computed = {item.id: item for item in target(comparing(), "ecs").time}
    assert (computed["healthy"].seconds, computed["healthy"].basis) == (20, "computed")
    assert (computed["rollout"].seconds, computed["scale-out"].seconds) == (40, 200)
    report: dict[str, Any] = {
        "engine": "docker",
        "timeToHealthy": Decimal("12.5"),
        "rollout": None,
        "cold": {"p50": Decimal(900), "p99": Decimal(1400), "requests": 3},
        "warm": None,
    }
    measured = replace(question, measured={"ecs": report, "serverless": report})
    comparison = comparing(measured)
    times = {item.id: item for item in target(comparison, "ecs").time}
    assert (times["healthy"].seconds, times["healthy"].basis) == (Decimal("12.5"), "measured")
    assert times["rollout"].basis == "computed"
    assert [item.kind for item in target(comparison, "serverless").latency] == ["cold"]
    cold = next(item for item in target(comparison, "serverless").time if item.id == "cold-start")
    assert (cold.seconds, cold.basis) == (Decimal("0.9"), "measured")
    rows = dict(rows_of(comparison))
    assert set(rows["first answers measured, p50 / p99"]) == {"900 / 1,400 ms", "–"}
    assert "answers under load measured, p50 / p99" not in rows


def test_a_file_that_verify_did_not_write_is_told(tmp_path: Path):
    path = tmp_path / "verify.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(MeasuredError, match="is not what `cais verify --format json` writes"):
        load_measured(path)


def test_behaviour_names_the_limits_of_the_templates(comparing: Comparing, question: Question):
    busy = replace(question, load=replace(question.load, requests_per_second=Decimal(100)))
    answers = {item.id: item.answer for item in target(comparing(busy), "ecs").behaviour}
    assert answers["ten-times"] == "40 copies at 1000 requests/s, but the most allowed is 10"
    assert "copies run in 2 zones" in answers["zone-loss"]
    assert "the one NAT gateway's zone" in answers["zone-loss"]


def test_json_is_what_its_schema_says(comparing: Comparing):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(render(comparing(), as_format="json")))


@pytest.mark.parametrize("as_format", FORMATS)
def test_every_format_has_the_figures(comparing: Comparing, as_format: str):
    text = render(comparing(network=NETWORK, ecs=ECS), as_format=as_format)
    assert text.endswith("\n")
    assert any(figure in text for figure in ("14.78", "14.7752", "18.02"))


def test_a_template_cannot_speak_to_the_terminal_or_in_markdown(comparing: Comparing):
    hostile = ECS.replace("Targets:", '"Tar\\u001bgets|<b>":').replace("!Ref Targets", "other")
    comparison = comparing(network=NETWORK, ecs=hostile.replace("Service:", '"Ser\\u001bvice|<b>":', 1))
    assert "\x1b" not in render(comparison, as_format="text")
    assert "<b>" not in render(comparison, as_format="adr")
