"""Calls a WSGI app with an HTTP event of Lambda, through aws-wsgi."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import awsgi

from service import lambda_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import WSGIApplication

    from service.lambda_events import Event, HttpEvent, Kind

MEGABYTE = 1_000_000
LIMITS: dict[Kind, int] = {"v1": 6 * MEGABYTE, "v2": 6 * MEGABYTE, "alb": MEGABYTE, "alb-multi": MEGABYTE}
TEXT_TYPES = ("text/", "application/json", "application/javascript", "application/xml")
TEXT_SUFFIXES = ("+json", "+xml")


def make_handler(app: WSGIApplication) -> Callable[[Event, Any], Event]:
    """A Lambda handler that answers HTTP events of every kind with `app`."""

    def handler(event: Event, context: Any) -> Event:
        request = lambda_events.read(event)
        start = _StartResponse()
        output = app(_environ(request, event, context), start)
        try:
            body, encoded = start.body(output)
        finally:
            close = getattr(output, "close", None)
            if close:
                close()
        response = lambda_events.answer(
            request.kind, status=start.status_line, headers=start.headers, body=body, encoded=encoded
        )
        return response if _fits(response, LIMITS[request.kind]) else _too_large(request.kind)

    return handler


class _StartResponse(awsgi.StartResponse):
    """aws-wsgi's, with text or binary decided by what the body is."""

    def body(self, output: Iterable[bytes]) -> tuple[str, bool]:
        built = self.build_body(dict(self.headers), output)
        return built["body"], built["isBase64Encoded"]

    def use_binary_response(self, headers: dict[str, str], body: bytes) -> bool:
        given = {name.lower(): value for name, value in headers.items()}
        kind = given.get("content-type", "text/").partition(";")[0].strip().lower()
        if "content-encoding" in given or not (kind.startswith(TEXT_TYPES) or kind.endswith(TEXT_SUFFIXES)):
            return True
        try:
            body.decode()
        except UnicodeDecodeError:
            return True
        return False


def _environ(request: HttpEvent, event: Event, context: Any) -> dict[str, Any]:
    """aws-wsgi's environ of the request, with what it gets wrong put right."""
    headers = _headers(request)
    environ = awsgi.environ(
        {
            "httpMethod": request.method,
            "path": request.path,
            "queryStringParameters": None,
            "headers": headers,
            "body": request.body,
            "isBase64Encoded": request.encoded,
        },
        context,
    )
    host, _, port = headers.get("HOST", "").partition(":")
    scheme = headers.get("X_FORWARDED_PROTO", "https")
    environ.update(
        {
            "SCRIPT_NAME": request.script,
            "QUERY_STRING": request.query,
            "REMOTE_ADDR": request.client,
            "SERVER_NAME": host or "localhost",  # a load balancer's health check has no Host
            "SERVER_PORT": headers.get("X_FORWARDED_PORT") or port or {"http": "80"}.get(scheme, "443"),
            "wsgi.url_scheme": scheme,
            "awsgi.event": event,
        }
    )
    for name in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"):  # PEP 3333 has them without HTTP_
        environ.pop(name, None)
    return environ


def _headers(request: HttpEvent) -> dict[str, str]:
    """One value a name, spelled as WSGI does. A name with an underscore, a possible forgery, is dropped."""
    joined: dict[str, str] = {}
    for name, value in request.headers:
        if "_" not in name:
            key = name.upper().replace("-", "_")
            separator = "; " if key == "COOKIE" else ","
            joined[key] = f"{joined[key]}{separator}{value}" if key in joined else value
    return joined


def _fits(response: Event, limit: int) -> bool:
    """Whether Lambda and the sender take it. JSON escapes at most six characters for one."""
    return len(response["body"]) * 6 < limit or len(json.dumps(response)) < limit


def _too_large(kind: Kind) -> Event:
    """What to say instead of the 502 that the sender would make of it."""
    detail = f"The answer is larger than the {LIMITS[kind] // MEGABYTE} MB that can be sent; ask for less."
    problem = {"type": "about:blank", "title": "Internal Server Error", "status": 500, "detail": detail}
    headers = [("Content-Type", "application/problem+json")]
    return lambda_events.answer(
        kind, status="500 Internal Server Error", headers=headers, body=json.dumps(problem), encoded=False
    )
