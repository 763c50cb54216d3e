import runpy
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

import cais
from service import __version__
from service.app import create_app
from service.comments import Comment
from service.settings import Settings
from service.stores.memory import MemoryStore
from service.stores.store import StoreUnavailable

ROOT = Path(__file__).parents[3]
COMMENT = {"email": "ana@example.com", "comment": "first!", "content_id": 1}

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


class AwayStore(MemoryStore):
    def add(self, content_id: str, comment: Comment) -> None:  # noqa: ARG002
        raise StoreUnavailable("gone")


class BrokenStore(MemoryStore):
    def ping(self) -> None:
        raise ZeroDivisionError


def client_of(store: MemoryStore) -> FlaskClient:
    return create_app(Settings(database_url="memory://"), store=store).test_client()


def samples(client: FlaskClient) -> Samples:
    families = text_string_to_metric_families(client.get("/metrics").get_data(as_text=True))
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def by_operation(client: FlaskClient, name: str) -> dict[str, float]:
    return {
        dict(labels)["operation"]: value
        for (found, labels), value in samples(client).items()
        if found == name
    }


def test_every_call_to_the_store_is_timed_by_its_operation():
    client = client_of(MemoryStore())
    client.post("/api/comment/new", json=COMMENT)
    for _ in range(2):
        client.get("/api/comment/list/1")
    for _ in range(3):
        client.get("/readyz")
    assert by_operation(client, "store_seconds_count") == {"add": 1, "page": 2, "ping": 3}
    assert by_operation(client, "store_errors_total") == {"add": 0, "page": 0, "ping": 0}


def test_a_store_that_is_away_is_counted_and_timed():
    client = client_of(AwayStore())
    client.post("/api/comment/new", json=COMMENT)
    assert by_operation(client, "store_errors_total") == {"add": 1, "page": 0, "ping": 0}
    assert by_operation(client, "store_seconds_count")["add"] == 1
    assert samples(client)["comments_created_total", ()] == 0


def test_a_store_that_breaks_is_counted():
    client = client_of(BrokenStore())
    assert client.get("/readyz").status_code == 500
    assert by_operation(client, "store_errors_total")["ping"] == 1


def test_a_wrong_cursor_is_no_error_of_the_store():
    client = client_of(MemoryStore())
    response = client.get("/api/comment/list/1?cursor=bm90LWEtbnVtYmVy")
    assert response.status_code == 400
    assert by_operation(client, "store_errors_total")["page"] == 0


def test_the_version_that_runs_is_told():
    assert samples(client_of(MemoryStore()))["build_info", (("version", __version__),)] == 1


def test_the_service_has_the_version_of_the_project():
    assert __version__ == cais.__version__


def test_the_threads_are_those_of_the_server():
    server = runpy.run_path(str(ROOT / "service" / "gunicorn.conf.py"))
    assert samples(client_of(MemoryStore()))["http_threads", ()] == server["threads"]


@pytest.mark.parametrize("method", ["GET", "PURGE"])
def test_what_clients_send_makes_no_new_series(method: str):
    client = client_of(MemoryStore())

    def send(number: int) -> None:
        client.open(f"/{number}", method=method)
        client.open(f"/api/comment/list/{number}", method=method)
        client.open("/readyz", method=method)

    send(0)
    before = samples(client)
    for number in range(1, 20):
        send(number)
    client.get("/metrics")
    new = [labels for _, labels in samples(client).keys() - before.keys()]
    assert not [labels for labels in new if ("route", "/metrics") not in labels]
