"""Metrics for Prometheus: rate, errors and duration by route, and comments created.

One worker process with threads serves a copy (see gunicorn.conf.py), so one registry holds all that a copy
counts. Labels are routes and known methods, never paths: their number does not grow with what clients send.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from flask import Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

if TYPE_CHECKING:
    from flask import Flask

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The metrics of one app."""

    def __init__(self) -> None:
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

    def watch(self, app: Flask) -> None:
        """Counts and times every request of `app`."""
        app.before_request(self._begin)
        app.after_request(self._end)
        app.teardown_request(self._leave)

    def page(self) -> Response:
        """The metrics page."""
        return Response(generate_latest(self.registry), content_type=CONTENT_TYPE_LATEST)

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
