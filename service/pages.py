"""Pages of a list: the limit, the cursor, and the link to the next one."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from service.comments import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_LIMIT = 100
HIGHEST_LIMIT = 1000
CURSOR_LENGTH = 200
NO_PAGE = "The page is not one."


def read_page(query: Mapping[str, str]) -> tuple[int, str | None]:
    """The size of the page that is asked for, and the position behind which it begins, None for the first.

    Raises:
        InvalidInput: the limit is no number from 1 to 1,000, or no page ever had the cursor; both at once.
    """
    limit = _limit(query.get("limit", str(DEFAULT_LIMIT)))
    cursor = query.get("cursor")
    after = None if cursor is None else _position(cursor)
    errors: dict[str, str] = {}
    if limit is None:
        errors["limit"] = f"is not a number from 1 to {HIGHEST_LIMIT}"
    if cursor is not None and after is None:
        errors |= bad_cursor().errors
    if limit is None or errors:
        raise InvalidInput(NO_PAGE, errors)
    return limit, after


def _limit(text: str) -> int | None:
    if text.isascii() and text.isdigit() and len(text) <= len(str(HIGHEST_LIMIT)):
        limit = int(text)
        if 1 <= limit <= HIGHEST_LIMIT:
            return limit
    return None


def _position(cursor: str) -> str | None:
    try:
        return base64.b64decode(cursor[:CURSOR_LENGTH].encode(), altchars=b"-_", validate=True).decode(
            "ascii"
        )
    except (binascii.Error, UnicodeError):
        return None


def bad_cursor() -> InvalidInput:
    """What to say of a cursor that no page ever had."""
    return InvalidInput(NO_PAGE, {"cursor": "is not a cursor of this list"})


def next_link(path: str, *, limit: int, position: str) -> str:
    """The Link header of a page that has a next one. The path is the list's own, not yet quoted."""
    cursor = base64.urlsafe_b64encode(position.encode()).decode()
    query = urlencode({"limit": limit, "cursor": cursor})
    return f'<{quote(path, safe="/")}?{query}>; rel="next"'
