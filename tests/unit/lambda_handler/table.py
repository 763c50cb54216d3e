"""Event kinds × behaviours, for our adapter and the two that are kept up: what each gets right."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import apig_wsgi
import serverless_wsgi

from service.lambda_adapter import make_handler
from tests.unit.lambda_handler.echo import BINARY, app
from tests.unit.lambda_handler.events import CLIENT, KINDS, Event

if TYPE_CHECKING:
    from collections.abc import Callable

ADAPTERS: dict[str, Callable[[Event, Any], Event]] = {
    "cais": make_handler(app),
    "apig-wsgi": apig_wsgi.make_lambda_handler(app, binary_support=True),
    "serverless-wsgi": lambda event, context: serverless_wsgi.handle_request(app, event, context),
}


@dataclass(frozen=True)
class Answer:
    """What a client would see of an adapter's answer."""

    event: Event

    @property
    def body(self) -> bytes:
        body = self.event.get("body") or ""
        return base64.b64decode(body) if self.event.get("isBase64Encoded") else body.encode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> list[str]:
        single = [(key, value) for key, value in (self.event.get("headers") or {}).items()]
        multi = [
            (key, value)
            for key, values in (self.event.get("multiValueHeaders") or {}).items()
            for value in values
        ]
        return [value for key, value in (multi or single) if key.lower() == name]

    @property
    def cookies(self) -> list[str]:
        values = [*(self.event.get("cookies") or []), *self.header("set-cookie")]
        return sorted(value.split(";")[0] for value in values)


Check = "Callable[[Answer], bool]"
BEHAVIOURS: dict[str, tuple[tuple[Any, ...], Callable[[Answer], bool]]] = {
    "a plain GET": (("GET", "/echo"), lambda a: a.json["method"] == "GET"),
    "the status is a number": (("GET", "/problem"), lambda a: a.event["statusCode"] == 400),
    "a repeated query key": (
        ("GET", "/echo", "a=1&a=2"),
        lambda a: a.json["query"] == {"a": ["1", "2"]},
    ),
    "an encoded query": (
        ("GET", "/echo", "q=b%26c%20%C3%A9&p=1%2B1"),
        lambda a: a.json["query"] == {"q": ["b&c é"], "p": ["1+1"]},
    ),
    "a query value that is empty": (
        ("GET", "/echo", "a=&b=1"),
        lambda a: a.json["query"] == {"a": [""], "b": ["1"]},
    ),
    "an encoded path": (("GET", "/echo/caf%C3%A9%20x"), lambda a: a.json["path"] == "café x"),
    "cookies in": (
        ("GET", "/echo", "", (("cookie", "a=1; b=2"),)),
        lambda a: a.json["cookies"] == {"a": "1", "b": "2"},
    ),
    "three cookies out": (("GET", "/cookies"), lambda a: a.cookies == ["a=1", "b=1", "c=1"]),
    "a header twice out": (
        ("GET", "/vary"),
        lambda a: (
            [part.strip() for value in a.header("vary") for part in value.split(",")] == ["Accept", "Origin"]
        ),
    ),
    "a binary body in": (
        ("POST", "/echo", "", (("content-type", "application/octet-stream"),), BINARY),
        lambda a: bytes(a.json["body"]) == BINARY and a.json["length"] == len(BINARY),
    ),
    "a JSON body in": (
        ("POST", "/echo", "", (("content-type", "application/json"),), '{"m": "héllo ☃"}'),
        lambda a: (
            bytes(a.json["body"]).decode() == '{"m": "héllo ☃"}' and a.json["kind"] == "application/json"
        ),
    ),
    "no body in": (("POST", "/echo"), lambda a: a.json["body"] == []),
    "a binary body out": (("GET", "/binary"), lambda a: a.event["isBase64Encoded"] and a.body == BINARY),
    "an image out": (("GET", "/image"), lambda a: a.event["isBase64Encoded"] and a.body == BINARY),
    "a compressed body out": (("GET", "/gzip"), lambda a: gzip.decompress(a.body) == b"small"),
    "a text that is not UTF-8 out": (("GET", "/latin"), lambda a: a.body == "café".encode("latin-1")),
    "a text out": (
        ("GET", "/text"),
        lambda a: not a.event["isBase64Encoded"] and a.body.decode() == "héllo ☃",
    ),
    "a problem out": (("GET", "/problem"), lambda a: a.event["body"] == '{"title": "no"}'),
    "nothing out": (("DELETE", "/nothing"), lambda a: a.event["statusCode"] == 204 and a.body == b""),
    "HEAD": (("HEAD", "/text"), lambda a: a.event["statusCode"] == 200 and a.body == b""),
    "the client's address": (("GET", "/echo"), lambda a: a.json["client"] == CLIENT),
    "scheme and host": (
        ("GET", "/echo"),
        lambda a: (
            a.json["scheme"] == "https"
            and a.json["host"].split(":")[0] in ("api.example.com", "lb.example.com")
        ),
    ),
    "a header in": (("GET", "/echo", "", (("X-Seen", "yes"),)), lambda a: a.json["seen"] == "yes"),
}


@dataclass(frozen=True)
class Cell:
    adapter: str
    kind: str
    behaviour: str
    right: bool


def cells() -> list[Cell]:
    """Every adapter's answer to every kind of event, judged."""
    return [
        Cell(adapter, kind, behaviour, _right(handle, make(*request), check))
        for adapter, handle in ADAPTERS.items()
        for kind, make in KINDS.items()
        for behaviour, (request, check) in BEHAVIOURS.items()
    ]


def _right(handle: Callable[[Event, Any], Event], event: Event, check: Callable[[Answer], bool]) -> bool:
    """Whether the answer is right; an adapter that raises has no right answer."""
    try:
        return bool(check(Answer(handle(event, None))))
    except Exception:  # noqa: BLE001 - whatever a yardstick raises is a wrong answer
        return False
