"""Rules and dashboard name only what the service tells, and every rule has a test of its own."""

import json
import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from service.app import create_app
from service.settings import Settings
from service.stores.memory import MemoryStore
from tests.unit.service.on_lambda import COMMENT, AwayStore, Lambda

FOLDER = Path(__file__).parents[3] / "observability"
RULES = [
    rule for group in yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"] for rule in group["rules"]
]
TESTS = yaml.safe_load((FOLDER / "rules_test.yml").read_text())["tests"]
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
PAGE = (FOLDER.parent / "docs" / "how-to" / "observe.md").read_text()
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
ALERTS = {rule["alert"] for rule in RULES if "alert" in rule}
VARIABLES = DASHBOARD["templating"]["list"]
EVERY_TARGET = [target for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
TARGETS = [target for target in EVERY_TARGET if target["datasource"]["type"] == "prometheus"]
SEARCHES = [target["expression"] for target in EVERY_TARGET if target["datasource"]["type"] == "cloudwatch"]
SEARCH = re.compile(r"""SEARCH\('\{\$\{namespace\}(,[\w,]+)?\} MetricName="(\w+)"', '(Sum|p50|p99)', 60\)""")
BY_PROMETHEUS = {"up"}
NAME = re.compile(r"\b(?:up|[a-z0-9]+[_:][a-z0-9_:]+)\b(?! *\()")  # functions have a bracket behind them
EXPRESSIONS = {
    **{rule.get("alert") or rule["record"]: rule["expr"] for rule in RULES},
    **{target["expr"]: target["expr"] for target in TARGETS},
    **{variable["name"]: variable["query"] for variable in VARIABLES if variable["type"] == "query"},
}


def names(expression: str) -> set[str]:
    """The metrics in an expression, which has labels with their values beside them."""
    return set(NAME.findall(re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", expression)))


@pytest.fixture(scope="module")
def told() -> set[str]:
    """Every sample name on the metrics page of a service that has answered a request."""
    client = create_app(Settings(database_url="memory://")).test_client()
    client.get("/api/comment/list/1")
    page = client.get("/metrics").get_data(as_text=True)
    return {
        sample.name for family in text_string_to_metric_families(page) for sample in family.samples
    } | BY_PROMETHEUS


@pytest.mark.parametrize("expression", list(EXPRESSIONS.values()), ids=EXPRESSIONS)
def test_every_metric_exists(expression: str, told: set[str]):
    found = names(expression)
    assert found
    assert found <= told | RECORDED


@pytest.fixture(scope="module")
def written() -> dict[str, set[str]]:
    """The dimensions of every metric that a copy on Lambda has written, after requests that work and fail."""
    found: dict[str, set[str]] = {}
    with redirect_stdout(StringIO()) as out:
        for store in (MemoryStore(), AwayStore()):
            Lambda(store).request("POST", "/api/comment/new", COMMENT)
    for line in map(json.loads, out.getvalue().splitlines()):
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]:
            found[metric["Name"]] = set(directive["Dimensions"][0])
    return found


def test_every_query_for_lambda_finds_what_a_copy_writes_and_nothing_written_is_left_out(
    written: dict[str, set[str]],
):
    asked = [match for match in map(SEARCH.fullmatch, SEARCHES) if match]
    assert len(asked) == len(SEARCHES)
    assert {match[2]: set((match[1] or "").split(",")) - {""} for match in asked} == written
    for match in asked:
        assert (match[3] == "Sum") == match[2].endswith("_total")


def test_the_dashboard_asks_for_each_data_source_that_it_uses():
    used = {target["datasource"]["uid"] for target in EVERY_TARGET}
    assert used == {f"${{{one['name']}}}" for one in VARIABLES if one["type"] == "datasource"}


def test_every_alert_is_tested_firing_and_not():
    cases = [case for test in TESTS for case in test.get("alert_rule_test", ())]
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == ALERTS
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == ALERTS


def test_every_recording_is_tested():
    cases = [case["expr"] for test in TESTS for case in test.get("promql_expr_test", ())]
    assert {name for expression in cases for name in re.findall(r"\w+:\w+:\w+", expression)} == RECORDED


def test_an_alert_says_what_and_what_to_do():
    for rule in RULES:
        if "alert" in rule:
            assert set(rule["annotations"]) == {"summary", "action"}
            assert rule["labels"]["severity"] in {"page", "ticket"}
            assert "for" in rule


def test_every_query_of_the_dashboard_keeps_to_the_chosen_job():
    assert [target["expr"] for target in TARGETS if 'job=~"$job"' not in target["expr"]] == []


def test_every_metric_and_every_alert_is_documented_and_no_other(told: set[str]):
    rows = set(re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE))
    samples = {name for name in told - BY_PROMETHEUS if not name.endswith("_created")}
    assert rows == ALERTS | {re.sub("_(bucket|count|sum)$", "", name) for name in samples}
