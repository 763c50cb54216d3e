"""HTTP events as each sender makes them, from one request.

An ALB hands path and query over as the client encoded them; API Gateway decodes a v1 path and query, and a v2
path. The shapes are those of AWS's pages named in service/lambda_events.py.
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qsl, unquote

Event = dict[str, Any]
Headers = tuple[tuple[str, str], ...]
CLIENT = "203.0.113.7"
FORWARDED: Headers = (("x-forwarded-proto", "https"), ("x-forwarded-port", "443"))


def v1(method: str, path: str, query: str = "", headers: Headers = (), body: str | bytes = "") -> Event:
    pairs = parse_qsl(query, keep_blank_values=True)
    given = (("Host", "api.example.com"), ("X-Forwarded-For", f"{CLIENT}, 10.0.0.1"), *FORWARDED, *headers)
    return {
        "resource": "/{proxy+}",
        "path": unquote(path),
        "httpMethod": method,
        "headers": dict(given),
        "multiValueHeaders": _multi(given),
        "queryStringParameters": dict(pairs) or None,
        "multiValueQueryStringParameters": _multi(pairs) or None,
        "requestContext": {"stage": "prod", "path": f"/prod{path}", "identity": {"sourceIp": CLIENT}},
        **_body(body, absent=None),
    }


def v2(method: str, path: str, query: str = "", headers: Headers = (), body: str | bytes = "") -> Event:
    given = (("host", "api.example.com"), ("x-forwarded-for", CLIENT), *FORWARDED, *headers)
    joined: dict[str, str] = {}
    cookies: list[str] = []
    for name, value in given:
        if name.lower() == "cookie":
            cookies += value.split("; ")
        else:
            key = name.lower()
            joined[key] = f"{joined[key]},{value}" if key in joined else value
    http = {"method": method, "path": unquote(path), "protocol": "HTTP/1.1", "sourceIp": CLIENT}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": unquote(path),
        "rawQueryString": query,
        "headers": joined,
        "requestContext": {"stage": "$default", "domainName": "api.example.com", "http": http},
        **({"cookies": cookies} if cookies else {}),
        **_body(body, absent=""),
    }


def function_url(
    method: str, path: str, query: str = "", headers: Headers = (), body: str | bytes = ""
) -> Event:
    event = v2(method, path, query, headers, body)
    event["requestContext"]["authorizer"] = {"iam": {}}
    if not body:
        del event["body"]
    return event


def alb(method: str, path: str, query: str = "", headers: Headers = (), body: str | bytes = "") -> Event:
    event = alb_multi(method, path, query, headers, body)
    for single, multi in (
        ("headers", "multiValueHeaders"),
        ("queryStringParameters", "multiValueQueryStringParameters"),
    ):
        event[single] = {name: values[-1] for name, values in event.pop(multi).items()}
    return event


def alb_multi(
    method: str, path: str, query: str = "", headers: Headers = (), body: str | bytes = ""
) -> Event:
    given = (("host", "lb.example.com"), ("x-forwarded-for", CLIENT), *FORWARDED, *headers)
    pairs = [tuple(pair.split("=", 1)) for pair in query.split("&") if pair]
    return {
        "requestContext": {
            "elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/x/y"}
        },
        "httpMethod": method,
        "path": path,
        "multiValueHeaders": _multi(given),
        "multiValueQueryStringParameters": _multi(pairs),
        **_body(body, absent=""),
    }


KINDS = {"v1": v1, "v2": v2, "function URL": function_url, "ALB": alb, "ALB multi": alb_multi}


def _multi(pairs: Any) -> dict[str, list[str]]:
    multi: dict[str, list[str]] = {}
    for name, value in pairs:
        multi.setdefault(name, []).append(value)
    return multi


def _body(body: str | bytes, *, absent: str | None) -> Event:
    if isinstance(body, bytes):
        return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return {"body": body or absent, "isBase64Encoded": False}
