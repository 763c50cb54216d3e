"""Metrics for Prometheus: rate, errors and duration by route and of the store, and comments created.

One worker process with threads serves a copy (see gunicorn.conf.py), so one registry holds all that a copy
counts. Labels are routes and known methods, never paths: their number does not grow with what clients send.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from service import __version__
from service.stores.store import BadPosition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from service.comments import Comment
    from service.stores.store import CommentStore, Page

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
STORE_OPERATIONS = ("add", "page", "ping")


class Metrics:
    """The metrics of one app, whose server answers `threads` requests at once."""

    def __init__(self, *, threads: int) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route")
        self._requests = Counter(
            "http_requests_total", "Requests answered", (*labels, "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "http_request_duration_seconds", "Time to answer", labels, registry=self.registry
        )
        self._running = Gauge("http_requests_in_flight", "Requests being answered", registry=self.registry)
        self.comments = Counter("comments_created_total", "Comments kept", registry=self.registry)
        self._store_seconds = Histogram(
            "store_seconds", "Time the store took", ("operation",), registry=self.registry
        )
        self._store_errors = Counter(
            "store_errors_total", "Calls that the store failed", ("operation",), registry=self.registry
        )
        for operation in STORE_OPERATIONS:  # a first error is an increase only where there was a zero before
            self._store_seconds.labels(operation)
            self._store_errors.labels(operation)
        Gauge("http_threads", "Requests answered at once", registry=self.registry).set(threads)
        build = Gauge("build_info", "The version that runs", ("version",), registry=self.registry)
        build.labels(__version__).set(1)

    def watch(self, app: Flask) -> None:
        """Counts and times every request of `app`."""
        app.before_request(self._begin)
        app.after_request(self._end)
        app.teardown_request(self._leave)

    def page(self) -> Response:
        """The metrics page."""
        return Response(generate_latest(self.registry), content_type=CONTENT_TYPE_LATEST)

    @contextmanager
    def store_call(self, operation: str) -> Iterator[None]:
        """Times a call to the store, and counts it where it fails; a client's wrong cursor is no failure."""
        start = time.perf_counter()
        try:
            yield
        except BadPosition:
            raise
        except Exception:
            self._store_errors.labels(operation).inc()
            raise
        finally:
            self._store_seconds.labels(operation).observe(time.perf_counter() - start)

    def _begin(self) -> None:
        g.start = time.perf_counter()
        self._running.inc()

    def _end(self, response: Response) -> Response:
        method = request.method if request.method in METHODS else "other"
        route = request.url_rule.rule if request.url_rule else "unmatched"
        self._requests.labels(method, route, response.status_code).inc()
        self._seconds.labels(method, route).observe(time.perf_counter() - g.start)
        return response

    def _leave(self, _error: BaseException | None) -> None:
        self._running.dec()


class MeasuredStore:
    """A store, every call to it measured."""

    def __init__(self, store: CommentStore, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics

    def add(self, content_id: str, comment: Comment) -> None:
        """As the store does."""
        with self._metrics.store_call("add"):
            self._store.add(content_id, comment)

    def page(self, content_id: str, *, after: str | None, limit: int) -> Page:
        """As the store does."""
        with self._metrics.store_call("page"):
            return self._store.page(content_id, after=after, limit=limit)

    def ping(self) -> None:
        """As the store does."""
        with self._metrics.store_call("ping"):
            self._store.ping()

    def close(self) -> None:
        """As the store does; not measured."""
        self._store.close()
