import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.comments import Comment
from service.settings import Settings
from service.stores.memory import MemoryStore
from service.stores.store import StoreUnavailable

GOOD = {"email": "ana@example.com", "comment": "first!", "content_id": 1}


class AwayStore(MemoryStore):
    def ping(self) -> None:
        raise StoreUnavailable("gone")

    def add(self, content_id: str, comment: Comment) -> None:  # noqa: ARG002
        raise StoreUnavailable("gone, with ana@example.com")


def client_of(store: MemoryStore) -> FlaskClient:
    return create_app(Settings(database_url="memory://"), store=store).test_client()


@pytest.fixture
def client() -> FlaskClient:
    return client_of(MemoryStore())


def post(client: FlaskClient, body: Any, **options: Any) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body)
    return client.post("/api/comment/new", data=data, **{"content_type": "application/json", **options})


def errors(response: Any) -> dict[str, str]:
    assert response.mimetype == "application/problem+json"
    return {error["field"]: error["problem"] for error in response.get_json().get("errors", [])}


def test_a_comment_is_answered_as_the_first_version_did(client: FlaskClient):
    response = post(client, GOOD)
    assert response.status_code == 200
    message = "comment created and associated with content_id 1"
    assert response.get_json() == {"status": "SUCCESS", "message": message}


def test_comments_are_listed_as_the_first_version_did(client: FlaskClient):
    for text in ("first!", "second"):
        post(client, {**GOOD, "comment": text})
    response = client.get("/api/comment/list/1")
    assert response.status_code == 200
    assert response.data == (
        b'[{"email":"ana@example.com","comment":"first!"},{"email":"ana@example.com","comment":"second"}]'
    )
    assert "Link" not in response.headers


def test_an_unknown_content_id_is_answered_as_the_first_version_did(client: FlaskClient):
    response = client.get("/api/comment/list/9")
    assert response.status_code == 404
    assert response.get_json() == {"status": "NOT-FOUND", "message": "content_id 9 not found"}


def test_a_number_and_its_text_are_the_same_content_id(client: FlaskClient):
    post(client, GOOD)
    post(client, {**GOOD, "content_id": "1"})
    assert len(client.get("/api/comment/list/1").get_json()) == 2


@pytest.mark.parametrize("content_id", ["a/b", "//x", "ünïcode ☃", "a%2Fb", "line\nend", "..", "x?y#z"])
def test_any_content_id_can_be_listed(client: FlaskClient, content_id: str):
    from urllib.parse import quote

    post(client, {**GOOD, "content_id": content_id})
    assert client.get(f"/api/comment/list/{quote(content_id, safe='')}").status_code == 200


def test_pages_follow_their_links_to_the_end(client: FlaskClient):
    texts = [f"comment {number}" for number in range(7)]
    for text in texts:
        post(client, {**GOOD, "content_id": "a b", "comment": text})
    url, seen = "/api/comment/list/a%20b?limit=3", []
    while url:
        response = client.get(url)
        seen.append([found["comment"] for found in response.get_json()])
        link = response.headers.get("Link", "")
        assert not link or link.endswith('; rel="next"')
        url = link[1:].partition(">")[0]
    assert seen == [texts[:3], texts[3:6], texts[6:]]


def test_a_page_has_a_hundred_comments_unless_it_is_asked_for_more(client: FlaskClient):
    for _ in range(101):
        post(client, GOOD)
    assert len(client.get("/api/comment/list/1").get_json()) == 100
    assert len(client.get("/api/comment/list/1?limit=1000").get_json()) == 101


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "limit=", "limit=1_0", "limit=٣", "limit=-1"]
)
def test_a_limit_out_of_range_is_refused(client: FlaskClient, query: str):
    response = client.get(f"/api/comment/list/1?{query}")
    assert response.status_code == 400
    assert errors(response) == {"limit": "is not a number from 1 to 1000"}


@pytest.mark.parametrize("cursor", ["x", "!!!", "w6k=", "LTE=", "", "é", "a" * 500])
def test_a_cursor_that_no_page_gave_is_refused(client: FlaskClient, cursor: str):
    post(client, GOOD)
    response = client.get("/api/comment/list/1", query_string={"cursor": cursor})
    assert response.status_code == 400
    assert errors(response) == {"cursor": "is not a cursor of this list"}


def test_a_limit_and_a_cursor_that_are_both_wrong_are_both_told(client: FlaskClient):
    response = client.get("/api/comment/list/1?limit=0&cursor=!")
    assert response.status_code == 400
    assert errors(response) == {
        "limit": "is not a number from 1 to 1000",
        "cursor": "is not a cursor of this list",
    }


def test_every_wrong_field_is_told_at_once(client: FlaskClient):
    response = post(client, {"email": "nobody", "comment": "", "content_id": None})
    assert response.status_code == 400
    assert errors(response) == {
        "email": "is not an e-mail address",
        "comment": "is empty",
        "content_id": "is not a string",
    }


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("email", 5, "is not a string"),
        ("email", "a" * 250 + "@b.c", ""),
        ("email", "a" * 251 + "@b.c", "is longer than 254 characters"),
        ("email", "a b@example.com", "is not an e-mail address"),
        ("email", "a@b", "is not an e-mail address"),
        ("email", "a@example..com", "is not an e-mail address"),
        ("comment", " \n\t", "is empty"),
        ("comment", "x" * 10_000, ""),
        ("comment", "x" * 10_001, "is longer than 10000 characters"),
        ("comment", "a\0b", "has a NUL character"),
        ("comment", "\ud800", "has half a surrogate pair"),
        ("comment", ["x"], "is not a string"),
        ("content_id", "x" * 200, ""),
        ("content_id", "x" * 201, "is longer than 200 characters"),
        ("content_id", 10**200, "is longer than 200 characters"),
        ("content_id", "", "is empty"),
        ("content_id", "a\0b", "has a NUL character"),
        ("content_id", True, "is not a number or a string"),
        ("content_id", {}, "is not a number or a string"),
        ("content_id", 1.5, ""),
    ],
)
def test_each_field_has_its_rules(client: FlaskClient, field: str, value: object, problem: str):
    response = post(client, {**GOOD, field: value})
    assert (errors(response) if problem else {}) == ({field: problem} if problem else {})
    assert response.status_code == (400 if problem else 200)


@pytest.mark.parametrize("field", ["email", "comment", "content_id"])
def test_a_field_that_is_missing_is_named(client: FlaskClient, field: str):
    response = post(client, {name: value for name, value in GOOD.items() if name != field})
    assert errors(response) == {field: "is missing"}


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "The body is not JSON."),
        (b"{", "The body is not JSON."),
        (b"[" * 60_000, "The body is not JSON."),
        (b'{"content_id": ' + b"9" * 5000 + b"}", "The body is not JSON."),
        (b"[]", "The body is not a JSON object."),
        (b'"\xff"', "The body is not UTF-8."),
        (b'{"content_id": NaN}', "The body is not JSON: NaN is no JSON value."),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(client: FlaskClient, body: bytes, detail: str):
    response = post(client, body)
    assert response.status_code == 400
    assert response.get_json()["detail"] == detail


def test_keys_given_twice_are_told_with_the_other_wrong_fields(client: FlaskClient):
    response = post(client, b'{"email": "a@b.c", "email": "x@y.z", "content_id": 1, "x": {"y": 1, "y": 2}}')
    assert errors(response) == {
        "email": "is given twice",
        "comment": "is missing",
        "y": "is given twice",
    }


def test_a_number_beyond_a_double_is_refused(client: FlaskClient):
    response = post(client, b'{"email": "a@b.c", "comment": "x", "content_id": 1e999}')
    assert errors(response) == {"content_id": "is not a finite number"}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"])
def test_only_json_is_taken(client: FlaskClient, kind: str):
    response = post(client, GOOD, content_type=kind)
    assert response.status_code == 415
    assert errors(response) == {}


def test_a_body_over_64_kib_is_refused(client: FlaskClient):
    assert post(client, b" " * (64 * 1024)).status_code == 400
    assert post(client, b" " * (64 * 1024 + 1)).status_code == 413


def test_a_path_that_is_not_utf8_is_refused(client: FlaskClient):
    response = client.get("/", environ_overrides={"PATH_INFO": "/api/comment/list/\xff"})
    assert response.status_code == 400
    assert response.get_json()["detail"] == "The path is not UTF-8."


def test_other_methods_are_told_which_are_allowed(client: FlaskClient):
    response = client.delete("/api/comment/new")
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert errors(response) == {}


def test_the_root_is_not_there(client: FlaskClient):
    assert client.get("/").status_code == 404


def test_health_does_not_ask_the_store_and_readiness_does():
    client = client_of(AwayStore())
    assert client.get("/healthz").status_code == 200
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.mimetype == "application/problem+json"
    assert client_of(MemoryStore()).get("/readyz").status_code == 200


def test_a_store_that_is_away_is_not_a_failure_of_the_service():
    response = post(client_of(AwayStore()), GOOD)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert b"gone" not in response.data


def test_what_was_not_foreseen_is_a_problem_too(caplog: pytest.LogCaptureFixture):
    class BrokenStore(MemoryStore):
        def add(self, content_id: str, comment: Comment) -> None:  # noqa: ARG002
            raise RuntimeError("broken")

    response = post(client_of(BrokenStore()), GOOD)
    assert response.status_code == 500
    assert errors(response) == {}
    assert "a request failed" in caplog.text


def test_metrics_count_by_route_and_never_by_path(client: FlaskClient):
    post(client, GOOD)
    for number in range(20):
        client.get(f"/api/comment/list/{number}")
        client.get(f"/{number}")
        client.open("/x", method=f"M{number}")
    text = client.get("/metrics").get_data(as_text=True)
    assert "comments_created_total 1.0" in text
    listed = 'http_requests_total{method="GET",route="/api/comment/list/<text:content_id>"'
    assert listed + ',status="200"} 1.0' in text
    assert listed + ',status="404"} 19.0' in text
    assert 'http_requests_total{method="other",route="unmatched",status="404"} 20.0' in text
    assert "http_requests_in_flight 1.0" in text
    assert len([line for line in text.splitlines() if line.startswith("http_requests_total")]) == 5
