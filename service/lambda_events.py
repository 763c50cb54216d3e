"""HTTP events of Lambda, normalised for aws-wsgi, and its answers back in the event's own shape.

aws-wsgi 0.2.7 knows API Gateway's v1 events and single-value ALB events; it is archived, so what it lacks
is here: payload v2 (HTTP APIs, function URLs), repeated query keys and headers, several cookies, encoded
paths, and text or binary by content type.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, unquote_to_bytes, urlencode

Event = dict[str, Any]
Kind = Literal["v1", "v2", "alb", "alb-multi"]
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpEvent:
    """What every kind of event tells of a request.

    `script` is the part of the path in front of the app: the stage of an API. `path` is decoded, as WSGI
    wants it: each byte a character. `query` is still encoded.
    """

    kind: Kind
    method: str
    script: str
    path: str
    query: str
    headers: Pairs
    client: str
    body: str
    encoded: bool


def read(event: Event) -> HttpEvent:
    """The request in an event.

    Raises:
        ValueError: it is no HTTP event.
    """
    context = event.get("requestContext") or {}
    if "elb" in context:
        return _alb(event)
    if "http" in context and "rawPath" in event:
        return _v2(event, context)
    if "httpMethod" in event and "path" in event:
        return _v1(event, context)
    raise ValueError(
        "not an HTTP event: neither API Gateway, a function URL nor a load balancer sends one with "
        f"only the keys {sorted(event)}"
    )


def _v1(event: Event, context: Event) -> HttpEvent:
    path = event["path"]
    whole = context.get("path") or path
    pairs = _pairs(event.get("multiValueQueryStringParameters"), event.get("queryStringParameters"))
    headers = _pairs(event.get("multiValueHeaders"), event.get("headers"))
    return HttpEvent(
        kind="v1",
        method=event["httpMethod"],
        script=next((whole.removesuffix(end) for end in (path, quote(path)) if whole.endswith(end)), ""),
        path=_decoded(path),
        query=urlencode(pairs),
        headers=headers,
        client=(context.get("identity") or {}).get("sourceIp") or _forwarded_for(headers),
        body=event.get("body") or "",
        encoded=bool(event.get("isBase64Encoded")),
    )


def _v2(event: Event, context: Event) -> HttpEvent:
    http = context["http"]
    stage = f"/{context.get('stage', '$default')}"
    script = stage if f"{event['rawPath']}/".startswith(f"{stage}/") else ""
    headers = list((event.get("headers") or {}).items())
    return HttpEvent(
        kind="v2",
        method=http["method"],
        script=script,
        path=_decoded(event["rawPath"].removeprefix(script) or "/"),
        query=event.get("rawQueryString") or "",
        headers=headers + [("cookie", cookie) for cookie in event.get("cookies") or []],
        client=http.get("sourceIp", ""),
        body=event.get("body") or "",
        encoded=bool(event.get("isBase64Encoded")),
    )


def _alb(event: Event) -> HttpEvent:
    """An ALB hands path and query over as the client encoded them, and adds the client's address last."""
    multi = "multiValueHeaders" in event
    headers = _pairs(event.get("multiValueHeaders"), event.get("headers"))
    pairs = _pairs(event.get("multiValueQueryStringParameters"), event.get("queryStringParameters"))
    return HttpEvent(
        kind="alb-multi" if multi else "alb",
        method=event["httpMethod"],
        script="",
        path=_decoded(event["path"]),
        query="&".join(f"{name}={value}" for name, value in pairs),
        headers=headers,
        client=_forwarded_for(headers),
        body=event.get("body") or "",
        encoded=bool(event.get("isBase64Encoded")),
    )


def _pairs(multi: dict[str, list[str]] | None, single: dict[str, str] | None) -> Pairs:
    if multi:
        return [(name, value) for name, values in multi.items() for value in values]
    return list((single or {}).items())


def _decoded(path: str) -> str:
    return unquote_to_bytes(path).decode("latin-1")


def _forwarded_for(headers: Pairs) -> str:
    """The last address: what is in front of it came from the client."""
    values = [value for name, value in headers if name.lower() == "x-forwarded-for"]
    return values[-1].rpartition(",")[2].strip() if values else ""


def answer(kind: Kind, *, status: str, headers: Pairs, body: str, encoded: bool) -> Event:
    """The response in the shape that the sender of the event reads. `status` is code and reason."""
    code = int(status.split(maxsplit=1)[0])
    response: Event = {"statusCode": code, "body": body, "isBase64Encoded": encoded}
    match kind:
        case "v2":
            response["headers"] = _joined(headers)
            response["cookies"] = [value for name, value in headers if name.lower() == "set-cookie"]
        case "alb":
            response["headers"] = _joined(headers) | _spelled_apart(headers)
        case _:
            response["multiValueHeaders"] = _grouped(headers)
    if kind in ("alb", "alb-multi"):
        response["statusDescription"] = status
    return response


def _grouped(headers: Pairs) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in headers:
        grouped.setdefault(name, []).append(value)
    return grouped


def _joined(headers: Pairs) -> dict[str, str]:
    """One value a name; cookies, which cannot be joined, are left out."""
    grouped = _grouped([(name.lower(), value) for name, value in headers])
    return {name: ", ".join(values) for name, values in grouped.items() if name != "set-cookie"}


def _spelled_apart(headers: Pairs) -> dict[str, str]:
    """Each cookie under its own spelling of Set-Cookie: the one way to send two in single-value headers."""
    cookies = [value for name, value in headers if name.lower() == "set-cookie"]
    return {_spelling("set-cookie", number): cookie for number, cookie in enumerate(cookies)}


def _spelling(name: str, number: int) -> str:
    """The name with those letters in upper case whose bits are set in `number`."""
    return "".join(letter.upper() if number >> place & 1 else letter for place, letter in enumerate(name))
