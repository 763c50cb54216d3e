from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from service.app import create_app
from service.settings import Settings
from service.stores.memory import MemoryStore
from service.traces import Traces
from tests.unit.service.on_lambda import AwayStore

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask.testing import FlaskClient
    from opentelemetry.sdk.trace import ReadableSpan

    from service.comments import Comment

REPOSITORY = Path(__file__).parents[3]
COMMENT = {"email": "ana@example.com", "comment": "first!", "content_id": 1}
SETTINGS = Settings(database_url="memory://", otel_exporter_otlp_endpoint="http://localhost:4318")
EPOCH, RANDOM, ABOVE = "5759e988", "bd862e3fe1be46a994272793", "53995c3f42cd8ad8"


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        pass


class BrokenStore(MemoryStore):
    def add(self, content_id: str, comment: Comment) -> None:  # noqa: ARG002
        raise ZeroDivisionError(comment.email)


class Traced:
    """The service, and the spans that it would send."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, store: MemoryStore) -> None:
        self.exporter = InMemorySpanExporter()
        processor = SimpleSpanProcessor(self.exporter)
        monkeypatch.setattr("service.traces.Traces", lambda name: Traces(name, processor=processor))
        self.client: FlaskClient = create_app(SETTINGS, store=store).test_client()

    def spans(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self.exporter.get_finished_spans()}


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Traced:
    return Traced(monkeypatch, MemoryStore())


def test_a_request_and_its_call_to_the_store_are_spans_of_one_trace(traced: Traced):
    traced.client.post("/api/comment/new", json=COMMENT)
    call, request = traced.exporter.get_finished_spans()
    assert (request.name, request.kind) == ("POST /api/comment/new", SpanKind.SERVER)
    assert (call.name, call.kind) == ("store add", SpanKind.CLIENT)
    assert call.parent is not None
    assert request.context is not None
    assert call.parent.span_id == request.context.span_id
    assert dict(request.attributes or {}) == {
        "http.request.method": "POST",
        "http.route": "/api/comment/new",
        "http.response.status_code": 200,
    }
    assert request.resource.attributes["service.name"] == "comments"


def test_probes_and_scrapes_are_not_traced(traced: Traced):
    for path in ("/healthz", "/readyz", "/metrics", "/", "/nothing"):
        traced.client.get(path)
    assert traced.spans() == {}


def test_a_path_is_never_in_a_name(traced: Traced):
    traced.client.get("/api/comment/list/ana@example.com")
    assert set(traced.spans()) == {"GET /api/comment/list/<text:content_id>", "store page"}


@pytest.mark.parametrize("store", [AwayStore(), BrokenStore()])
def test_what_fails_is_marked_and_tells_nothing_of_what_was_sent(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
):
    traced = Traced(monkeypatch, store)
    assert traced.client.post("/api/comment/new", json=COMMENT).status_code >= 500
    for span in traced.exporter.get_finished_spans():
        assert span.status.status_code == StatusCode.ERROR
        assert "ana@" not in span.to_json()
        assert "first!" not in span.to_json()


def test_what_the_client_did_wrong_is_no_error(traced: Traced):
    traced.client.post("/api/comment/new", json={})
    (span,) = traced.spans().values()
    assert span.status.status_code == StatusCode.UNSET


@pytest.mark.parametrize(
    ("header", "above"),
    [
        (f"Root=1-{EPOCH}-{RANDOM}", None),
        (f"Self=1-67891234-12456789abcdef012345678;Root=1-{EPOCH}-{RANDOM}", None),
        (f"Root=1-{EPOCH}-{RANDOM};Parent={ABOVE};Sampled=1", ABOVE),
    ],
)
def test_the_trace_is_the_load_balancers(traced: Traced, header: str, above: str | None):
    traced.client.get("/api/comment/list/1", headers={"X-Amzn-Trace-Id": header})
    span = traced.spans()["GET /api/comment/list/<text:content_id>"]
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == EPOCH + RANDOM
    assert span.parent is not None
    if above:
        assert f"{span.parent.span_id:016x}" == above


@pytest.mark.parametrize("header", ["", "x", "Root=1-5759e988", f"Root=1-{'0' * 8}-{'0' * 24}", "Root=1-G-G"])
def test_a_header_that_names_no_trace_begins_a_new_one(traced: Traced, header: str):
    traced.client.get("/api/comment/list/1", headers={"X-Amzn-Trace-Id": header})
    assert traced.spans()["GET /api/comment/list/<text:content_id>"].parent is None


def test_requests_do_not_share_a_trace(traced: Traced):
    for _ in range(3):
        traced.client.get("/api/comment/list/1")
    requests = [span for span in traced.exporter.get_finished_spans() if span.kind == SpanKind.SERVER]
    assert len({span.context.trace_id for span in requests if span.context}) == 3


@pytest.mark.parametrize("endpoint", ["", "http://localhost:4318"])
def test_opentelemetry_is_loaded_only_where_it_is_asked_for(endpoint: str):
    code = "import sys, service.wsgi; print(any(name.startswith('opentelemetry') for name in sys.modules))"
    environment = {"DATABASE_URL": "memory://", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-1] == str(bool(endpoint))


def test_spans_reach_a_collector_before_the_process_ends():
    received: list[tuple[str, bytes]] = []

    def collector(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        received.append((environ["PATH_INFO"], gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body))
        start_response("200 OK", [("Content-Type", "application/x-protobuf")])
        return [b""]

    with make_server("127.0.0.1", 0, collector, handler_class=Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        code = "from service.wsgi import app; app.test_client().get('/api/comment/list/1')"
        environment = {"DATABASE_URL": "memory://", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
        subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, env=environment, check=True)
        server.shutdown()
    ((path, body),) = received
    assert path == "/v1/traces"
    assert b"GET /api/comment/list/<text:content_id>" in body
    assert b"comments" in body


def test_an_image_without_opentelemetry_serves_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setitem(sys.modules, "service.traces", None)
    client = create_app(SETTINGS).test_client()
    assert client.post("/api/comment/new", json=COMMENT).status_code == 200
    assert "build it with TRACES=on" in caplog.text
