"""Traces by OpenTelemetry, where they are asked for: a span for each request and each call to the store.

A span holds the method, the route and the status; never a path, an e-mail address or the text of an error.
Where the spans go, and how many, OpenTelemetry's own variables say.
https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import g, request
from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanKind, StatusCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask, Response
    from opentelemetry.sdk.trace import SpanProcessor

    from service.comments import Comment
    from service.stores.store import CommentStore, Page

API = "/api/"  # probes and scrapes would outnumber what anybody looks for
ROOT = re.compile(r"(?:^|;)Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)")
PARENT = re.compile(r"(?:^|;)Parent=([0-9a-f]{16})(?:;|$)")
SERVER_ERROR = 500


class Traces:
    """The spans of one app, which they call `name`; the collector gets them, unless `processor` does."""

    def __init__(self, name: str, *, processor: SpanProcessor | None = None) -> None:
        provider = TracerProvider(resource=Resource.create({"service.name": name}))
        provider.add_span_processor(processor or BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = provider.get_tracer("service")

    def watch(self, app: Flask) -> None:
        """Traces every request of the API."""
        app.before_request(self._begin)
        app.after_request(self._end)
        app.teardown_request(self._leave)

    @contextmanager
    def store_call(self, operation: str) -> Iterator[None]:
        """A span inside the request's; none where nothing is traced, as in a probe."""
        if not trace.get_current_span().get_span_context().is_valid:
            yield
            return
        with self._tracer.start_as_current_span(
            f"store {operation}", kind=SpanKind.CLIENT, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Exception:
                span.set_status(StatusCode.ERROR)
                raise

    def _begin(self) -> None:
        route = request.url_rule.rule if request.url_rule else ""
        if not route.startswith(API):
            return
        span = self._tracer.start_span(
            f"{request.method} {route}",
            context=parent(request.headers.get("X-Amzn-Trace-Id", "")),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": request.method, "http.route": route},
        )
        g.span = span, context.attach(trace.set_span_in_context(span))

    def _end(self, response: Response) -> Response:
        if "span" in g:
            span, _ = g.span
            span.set_attribute("http.response.status_code", response.status_code)
            if response.status_code >= SERVER_ERROR:
                span.set_status(StatusCode.ERROR)
        return response

    def _leave(self, _error: BaseException | None) -> None:
        if "span" in g:
            span, token = g.pop("span")
            context.detach(token)
            span.end()


def parent(header: str) -> context.Context | None:
    """What a load balancer's header says of the trace, which is then the one that the log's request id names.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
    """
    root, above = ROOT.search(header), PARENT.search(header)
    if root is None:
        return None
    found = trace.SpanContext(
        trace_id=int(root[1] + root[2], 16),
        # A load balancer writes no span of its own.
        span_id=int(above[1], 16) if above else RandomIdGenerator().generate_span_id(),
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(found)) if found.is_valid else None


class TracedStore:
    """A store, every call to it traced."""

    def __init__(self, store: CommentStore, traces: Traces) -> None:
        self._store = store
        self._traces = traces

    def add(self, content_id: str, comment: Comment) -> None:
        """As the store does."""
        with self._traces.store_call("add"):
            self._store.add(content_id, comment)

    def page(self, content_id: str, *, after: str | None, limit: int) -> Page:
        """As the store does."""
        with self._traces.store_call("page"):
            return self._store.page(content_id, after=after, limit=limit)

    def ping(self) -> None:
        """As the store does; not traced."""
        self._store.ping()

    def close(self) -> None:
        """As the store does; not traced."""
        self._store.close()
