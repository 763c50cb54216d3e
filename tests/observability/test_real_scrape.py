"""A real Prometheus sees each fault come and go, and has an answer to every query of the dashboard."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest
import yaml

from tests.engines.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.observability.conftest import Observed

pytestmark = pytest.mark.postgres

FOLDER = Path(__file__).parents[2] / "observability"
PANELS = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
QUERIES = [target["expr"] for panel in PANELS for target in panel.get("targets", ()) if "expr" in target]
HEAD = (
    b"POST /api/comment/new HTTP/1.1\r\nHost: comments\r\n"
    b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n"
)
SLOW = """
    CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(1.5); RETURN NEW; END $$;
    CREATE TRIGGER slow BEFORE INSERT ON comments FOR EACH ROW EXECUTE FUNCTION slow()
"""


def sql(observed: Observed, statements: LiteralString) -> None:
    with psycopg.connect(observed.store.url, autocommit=True) as connection:
        connection.execute(statements)


@contextmanager
def stopped_service(observed: Observed) -> Iterator[None]:
    observed.service.stop()
    try:
        yield
    finally:
        observed.service.start()


@contextmanager
def killed_store(observed: Observed) -> Iterator[None]:
    observed.store.control("-m", "immediate", "stop")
    try:
        yield
    finally:
        observed.store.control("start")


@contextmanager
def error_burst(observed: Observed) -> Iterator[None]:
    sql(observed, "ALTER TABLE comments RENAME TO mislaid")
    try:
        yield
    finally:
        sql(observed, "ALTER TABLE mislaid RENAME TO comments")


@contextmanager
def slow_store(observed: Observed) -> Iterator[None]:
    sql(observed, SLOW)
    try:
        yield
    finally:
        sql(observed, "DROP FUNCTION slow CASCADE")


@contextmanager
def stalled_clients(observed: Observed) -> Iterator[None]:
    """Clients that send no body: each has a thread wait for it. One thread is left for the scrape."""
    threads = int(float(observed.prometheus.query("http_threads")[0]["value"][1]))
    with ExitStack() as stack:
        for _ in range(threads - 1):
            client = socket.create_connection(("127.0.0.1", observed.service.port))
            stack.enter_context(client).sendall(HEAD)
        yield


FAULTS = {
    "ServiceDown": stopped_service,
    "StoreUnavailable": killed_store,
    "ErrorRatioHigh": error_burst,
    "LatencyHigh": slow_store,
    "ThreadsBusy": stalled_clients,
}


def test_every_alert_has_its_fault():
    groups = yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"]
    assert {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule} == FAULTS.keys()


@pytest.mark.parametrize("alert", FAULTS)
def test_an_alert_fires_while_its_fault_lasts_and_resolves_after(alert: str, observed: Observed):
    assert eventually(lambda: not observed.prometheus.firing()), "calm before the fault"
    with FAULTS[alert](observed):
        assert eventually(lambda: alert in observed.prometheus.firing())
    assert eventually(lambda: alert not in observed.prometheus.firing())


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_the_dashboard_has_data(query: str, observed: Observed):
    expression = query.replace("$job", "comments").replace("$__rate_interval", "10s")
    assert eventually(
        lambda: any(sample["value"][1] != "NaN" for sample in observed.prometheus.query(expression))
    )
