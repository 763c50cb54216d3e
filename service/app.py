"""The comments API as a Flask app."""

from __future__ import annotations

import json
import logging
import time
import tomllib
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import BaseConverter

from service.comments import InvalidInput, content_id_problem, parse
from service.metrics import MeasuredStore, Metrics
from service.pages import bad_cursor, next_link, read_page
from service.problems import problem
from service.stores.opening import open_store
from service.stores.store import BadPosition, CommentStore, StoreUnavailable

if TYPE_CHECKING:
    from service.settings import Settings

BODY_LIMIT = 64 * 1024
CONTRACT = tomllib.loads((Path(__file__).parent / "contract.toml").read_text(encoding="utf-8"))
THREADS = 32  # as in gunicorn.conf.py
CONNECTIONS = 8  # of one copy to its database; twice as many may wait for one, and threads are left
log = logging.getLogger("service")


class AnyText(BaseConverter):
    """The rest of a path, whatever it holds: werkzeug's own converters stop at slashes or line ends."""

    regex = "(?s:.+)"
    part_isolating = False


def create_app(settings: Settings, *, store: CommentStore | None = None) -> Flask:
    """The app, on the store that the settings name, or on the one given."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.url_map.merge_slashes = False  # a content id may hold two
    app.url_map.converters["text"] = AnyText
    metrics = Metrics(threads=THREADS)
    metrics.watch(app)
    app.extensions["metrics"] = metrics
    _log_requests(app)
    _answer_errors(app)
    opened = store or open_store(settings, connections=CONNECTIONS)
    if settings.otel_exporter_otlp_endpoint:
        opened = _trace(app, opened)
    _add_comments(app, MeasuredStore(opened, metrics), metrics)
    app.add_url_rule(CONTRACT["paths"]["metrics"], view_func=metrics.page, endpoint="metrics")
    return app


def _trace(app: Flask, store: CommentStore) -> CommentStore:
    """Loads OpenTelemetry, for a quarter of a second; a service without traces is better than none."""
    try:
        from service.traces import TracedStore, Traces
    except ModuleNotFoundError:
        log.exception("traces are asked for, and the image has none of it: build it with TRACES=on")
        return store
    traces = Traces(CONTRACT["name"])
    traces.watch(app)
    return TracedStore(store, traces)


def _add_comments(app: Flask, store: CommentStore, metrics: Metrics) -> None:
    @app.post("/api/comment/new")
    def create() -> Response:
        if request.mimetype != "application/json":
            return problem(415, "The body must be JSON, and the Content-Type application/json.")
        content_id, comment = parse(request.get_data(cache=False))
        store.add(content_id, comment)
        metrics.comments.inc()
        message = f"comment created and associated with content_id {content_id}"
        return _json({"status": "SUCCESS", "message": message})

    @app.get("/api/comment/list/<text:content_id>")
    def list_comments(content_id: str) -> Response:
        limit, after = read_page(request.args)
        try:
            page = (
                None if content_id_problem(content_id) else store.page(content_id, after=after, limit=limit)
            )
        except BadPosition as error:
            raise bad_cursor() from error
        if page is None or not (page.comments or after):
            message = f"content_id {content_id} not found"
            return _json({"status": "NOT-FOUND", "message": message}, status=404)
        response = _json([{"email": found.email, "comment": found.comment} for found in page.comments])
        if page.next:
            response.headers["Link"] = next_link(request.path, limit=limit, position=page.next)
        return response

    @app.get(CONTRACT["paths"]["health"])
    def health() -> Response:
        return _json({"status": "ok"})

    @app.get(CONTRACT["paths"]["ready"])
    def ready() -> Response:
        store.ping()
        return _json({"status": "ready"})


def _json(document: Any, *, status: int = 200) -> Response:
    body = json.dumps(document, separators=(",", ":"))
    return Response(body, status=status, mimetype="application/json")


def _answer_errors(app: Flask) -> None:
    @app.before_request
    def refuse_undecodable_paths() -> Response | None:
        try:
            request.environ["PATH_INFO"].encode("latin-1").decode()
        except UnicodeDecodeError:
            return problem(400, "The path is not UTF-8.")
        return None

    @app.errorhandler(InvalidInput)
    def invalid(error: InvalidInput) -> Response:
        return problem(400, str(error), errors=error.errors)

    @app.errorhandler(StoreUnavailable)
    def unavailable(error: StoreUnavailable) -> Response:
        log.error("the store is unavailable", extra={"cause": str(error), "request_id": g.request_id})
        return problem(503, "The store of the comments is unavailable.", headers={"Retry-After": "5"})

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        allow = error.valid_methods if isinstance(error, MethodNotAllowed) else None
        headers = {"Allow": ", ".join(allow)} if allow else None
        return problem(error.code or 500, error.description or "", headers=headers)

    @app.errorhandler(Exception)
    def failed(_error: Exception) -> Response:
        log.exception(  # noqa: LOG004 - Flask calls this inside its except clause
            "a request failed", extra={"request_id": g.request_id}
        )
        return problem(500, "The service failed; the request id is in its log.")


def _log_requests(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        g.request_id = request.headers.get("X-Amzn-Trace-Id", "")[:200] or uuid.uuid4().hex

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        if log.isEnabledFor(logging.INFO) and request.path != CONTRACT["paths"]["health"]:
            extra = {
                "request_id": g.request_id,
                "method": request.method,
                "route": request.url_rule.rule if request.url_rule else None,
                "status": response.status_code,
                "milliseconds": round((time.perf_counter() - g.start) * 1000, 1),
            }
            log.info("answered", extra=extra)
        return response
