"""A comment, and what a client must send to make one."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

CONTENT_ID_LIMIT = 200
COMMENT_LIMIT = 10_000
EMAIL_LIMIT = 254  # RFC 5321, 4.5.3.1.3: a path of 256 octets, less its brackets
PLAIN = r"[^@.\x00-\x20\x7f]"
EMAIL_SHAPE = re.compile(rf"[^@\x00-\x20\x7f]+@{PLAIN}+(\.{PLAIN}+)+")  # as openapi.yaml has it
BLANKS = " \t\r\n"


class InvalidInput(ValueError):  # noqa: N818 - the name says what it is
    """A request that cannot be used: `errors` maps every wrong field to what is wrong with it."""

    def __init__(self, detail: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.errors = errors or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What somebody wrote about something."""

    email: str
    comment: str


def parse(body: bytes) -> tuple[str, Comment]:
    """The content id and the comment in a JSON body.

    Raises:
        InvalidInput: the body is not JSON in UTF-8, or a field is missing or wrong; all fields at once.
    """
    document, twice = _document(body)
    problems = {
        "email": _text_problem(document, "email", EMAIL_LIMIT) or _shape_problem(document["email"]),
        "comment": _text_problem(document, "comment", COMMENT_LIMIT),
        "content_id": _content_id_problem(document),
    }
    errors = {name: problem for name, problem in problems.items() if problem}
    errors |= dict.fromkeys(twice, "is given twice")
    if errors:
        raise InvalidInput("The comment has wrong fields.", errors)
    return str(document["content_id"]), Comment(email=document["email"], comment=document["comment"])


def content_id_problem(content_id: str) -> str:
    """What is wrong with this content id, "" when nothing is."""
    return _string_problem(content_id, CONTENT_ID_LIMIT)


def _document(body: bytes) -> tuple[dict[str, Any], list[str]]:
    """The object in the body, and the keys that it, or an object inside of it, has twice."""
    twice: list[str] = []

    def noting_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice.extend(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        return dict(pairs)

    try:
        document = json.loads(body.decode(), object_pairs_hook=noting_duplicates, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise InvalidInput("The body is not UTF-8.") from error
    except InvalidInput:
        raise
    except (ValueError, RecursionError) as error:
        raise InvalidInput("The body is not JSON.") from error
    if not isinstance(document, dict):
        raise InvalidInput("The body is not a JSON object.")
    return document, twice


def _no_constant(name: str) -> None:
    raise InvalidInput(f"The body is not JSON: {name} is no JSON value.")


def _text_problem(document: dict[str, Any], name: str, limit: int) -> str:
    if name not in document:
        return "is missing"
    value = document[name]
    return _string_problem(value, limit) if isinstance(value, str) else "is not a string"


def _string_problem(value: str, limit: int) -> str:
    if not value.strip(BLANKS):
        return "is empty"
    if len(value) > limit:
        return f"is longer than {limit} characters"
    if "\0" in value:
        return "has a NUL character"
    return "" if _encodable(value) else "has half a surrogate pair"


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shape_problem(email: str) -> str:
    return "" if EMAIL_SHAPE.fullmatch(email) else "is not an e-mail address"


def _content_id_problem(document: dict[str, Any]) -> str:
    value = document.get("content_id")
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        return "is not a number or a string"
    if isinstance(value, float) and not math.isfinite(value):
        return "is not a finite number"
    if isinstance(value, int | float):
        return content_id_problem(str(value))
    return _text_problem(document, "content_id", CONTENT_ID_LIMIT)
