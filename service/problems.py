"""Errors as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from collections.abc import Mapping


def problem(
    status: int,
    detail: str,
    *,
    errors: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response for an error; `errors` maps each wrong field to what is wrong with it."""
    document: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        document["errors"] = [{"field": name, "problem": text} for name, text in errors.items()]
    return Response(json.dumps(document), status=status, mimetype="application/problem+json", headers=headers)
