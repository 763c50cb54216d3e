"""What a copy on Lambda writes of its metrics, through the handler and the app that Lambda calls."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.app import create_app
from service.embedded_metrics import EmbeddedMetrics
from service.settings import Settings
from tests.unit.lambda_handler import events
from tests.unit.service.on_lambda import COMMENT, NAMESPACE, AwayStore, Lambda

ROOT = Path(__file__).parents[3]
GAUGES = {"http_requests_in_flight", "http_threads", "build_info"}


Send = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def send(capsys: pytest.CaptureFixture[str]) -> Send:
    """Sends a request to a copy, and returns the lines that it wrote."""

    def lines(function: Lambda, method: str, path: str, body: str = "") -> list[dict[str, Any]]:
        capsys.readouterr()
        function.request(method, path, body)
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return lines


def metrics(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """What CloudWatch makes of the lines: a metric's name, its dimensions and its value."""
    found: dict[str, Any] = {}
    for line in lines:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        (names,) = directive["Dimensions"]
        assert directive["Namespace"] == NAMESPACE
        assert all(isinstance(line[name], str) for name in names)
        dimensions = ",".join(f"{name}={line[name]}" for name in sorted(names))
        for metric in directive["Metrics"]:
            found[f"{metric['Name']}{{{dimensions}}} {metric['Unit']}"] = line[metric["Name"]]
    return found


def test_a_comment_is_written_once_with_all_that_it_took(send: Send):
    written = metrics(send(Lambda(), "POST", "/api/comment/new", COMMENT))
    route = "method=POST,route=/api/comment/new"
    assert {name: value for name, value in written.items() if name.endswith("Count")} == {
        f"http_requests_total{{{route},status=200}} Count": 1,
        "comments_created_total{} Count": 1,
    }
    (answered,) = written[f"http_request_duration_seconds{{{route}}} Seconds"]
    (stored,) = written["store_seconds{operation=add} Seconds"]
    assert 0 < stored < answered < 1


def test_a_request_writes_only_what_it_has_added(send: Send):
    function = Lambda()
    send(function, "POST", "/api/comment/new", COMMENT)
    written = metrics(send(function, "GET", "/api/comment/list/1"))
    assert {name.partition("{")[0] for name in written} == {
        "http_requests_total",
        "http_request_duration_seconds",
        "store_seconds",
    }
    assert (
        written["http_requests_total{method=GET,route=/api/comment/list/<text:content_id>,status=200} Count"]
        == 1
    )


def test_a_store_that_is_away_is_written(send: Send):
    written = metrics(send(Lambda(AwayStore()), "POST", "/api/comment/new", COMMENT))
    assert written["store_errors_total{operation=add} Count"] == 1
    assert "comments_created_total{} Count" not in written


def test_the_time_is_that_of_the_request_in_milliseconds(send: Send):
    before = time.time() * 1000 - 1
    lines = send(Lambda(), "GET", "/readyz")
    assert all(before < line["_aws"]["Timestamp"] <= time.time() * 1000 for line in lines)


def test_the_names_are_those_that_prometheus_reads(send: Send):
    function = Lambda(AwayStore())
    written = metrics(send(function, "POST", "/api/comment/new", COMMENT))
    written |= metrics(send(Lambda(), "POST", "/api/comment/new", COMMENT))
    page = function.app.test_client().get("/metrics").get_data(as_text=True)
    families = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in text_string_to_metric_families(page)
        if family.type != "gauge" or not family.name.endswith("_created")
    }
    assert {name.partition("{")[0] for name in written} == families - GAUGES


def test_what_clients_send_makes_no_new_metric(send: Send):
    function = Lambda()

    def sent(number: int) -> set[str]:
        lines = [
            *send(function, "GET", f"/{number}"),
            *send(function, "GET", f"/api/comment/list/{number}"),
            *send(function, f"PURGE{number}", "/readyz"),
        ]
        return set(metrics(lines))

    first = sent(0)
    assert all(sent(number) == first for number in range(1, 10))


def test_no_line_holds_what_a_client_wrote(send: Send):
    text = json.dumps(send(Lambda(), "POST", "/api/comment/new", COMMENT))
    assert "ana@" not in text
    assert "first!" not in text


def test_a_request_that_breaks_the_handler_is_written(capsys: pytest.CaptureFixture[str]):
    registry = create_app(Settings(database_url="memory://")).extensions["metrics"]

    def breaks(_event: object, _context: object) -> None:
        registry.comments.inc()
        raise ZeroDivisionError

    handler = EmbeddedMetrics(registry.registry, namespace=NAMESPACE).after(breaks)
    with pytest.raises(ZeroDivisionError):
        handler({}, None)
    assert "comments_created_total" in capsys.readouterr().out


@pytest.mark.parametrize(("namespace", "wanted"), [("comments", Counter(embedded=1)), (None, Counter())])
def test_without_a_namespace_nothing_of_it_is_loaded(namespace: str | None, wanted: Counter[str]):
    environment = {"DATABASE_URL": "memory://", "PATH": ""}
    if namespace:
        environment["METRICS_NAMESPACE"] = namespace
    code = "import sys, service.lambda_handler; print(*(n for n in sys.modules if 'embedded' in n))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert Counter("embedded" for _ in done.stdout.split()) == wanted


def test_the_handler_of_the_image_writes_where_it_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("DATABASE_URL", "memory://")
    monkeypatch.setenv("METRICS_NAMESPACE", NAMESPACE)
    for module in ("service.wsgi", "service.lambda_handler"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    handler = runpy.run_module("service.lambda_handler")["handler"]
    handler(events.v2("GET", "/readyz"), None)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert metrics([line for line in lines if "_aws" in line])
