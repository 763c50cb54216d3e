"""HTTP requests as each front end of a function sends them, and what it takes for an answer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from __future__ import annotations

from typing import Any, Literal

FrontEnd = Literal["format 1.0", "format 2.0", "ALB", "ALB, multi-value headers"]
"""The kinds of events: API Gateway's two payload formats, the second a function URL's too, and an ALB's."""

HOST = "verify.example.com"
CLIENT = "203.0.113.7"
HEADERS = {"host": HOST, "x-forwarded-for": CLIENT, "x-forwarded-proto": "https", "x-forwarded-port": "443"}


def request(front_end: FrontEnd, path: str) -> dict[str, Any]:
    """A GET of `path`, as the front end sends it."""
    makers = {"format 1.0": _v1, "format 2.0": _v2, "ALB": _alb, "ALB, multi-value headers": _alb_multi}
    return makers[front_end](path)


def _v1(path: str) -> dict[str, Any]:
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": "GET",
        "headers": HEADERS,
        "multiValueHeaders": _multi(),
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {"stage": "prod", "path": f"/prod{path}", "identity": {"sourceIp": CLIENT}},
        "body": None,
        "isBase64Encoded": False,
    }


def _v2(path: str) -> dict[str, Any]:
    http = {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": CLIENT}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": HEADERS,
        "requestContext": {"stage": "$default", "domainName": HOST, "http": http},
        "isBase64Encoded": False,
    }


def _alb(path: str) -> dict[str, Any]:
    return {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:targetgroup/verify"}},
        "httpMethod": "GET",
        "path": path,
        "queryStringParameters": {},
        "headers": HEADERS,
        "body": "",
        "isBase64Encoded": False,
    }


def _alb_multi(path: str) -> dict[str, Any]:
    event = _alb(path)
    del event["headers"], event["queryStringParameters"]
    return event | {"multiValueHeaders": _multi(), "multiValueQueryStringParameters": {}}


def _multi() -> dict[str, list[str]]:
    return {name: [value] for name, value in HEADERS.items()}
