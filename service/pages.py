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


def read_limit(query: Mapping[str, str]) -> int:
    """The size of the page that is asked for.

    Raises:
        InvalidInput: it is no number from 1 to 1,000.
    """
    text = query.get("limit", str(DEFAULT_LIMIT))
    if text.isascii() and text.isdigit() and len(text) <= len(str(HIGHEST_LIMIT)):
        limit = int(text)
        if 1 <= limit <= HIGHEST_LIMIT:
            return limit
    raise InvalidInput("The page is not one.", {"limit": f"is not a number from 1 to {HIGHEST_LIMIT}"})


def read_cursor(query: Mapping[str, str]) -> str | None:
    """The position that the cursor holds, None for the first page.

    Raises:
        InvalidInput: no page ever had this cursor.
    """
    cursor = query.get("cursor")
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor[:CURSOR_LENGTH].encode(), altchars=b"-_", validate=True).decode(
            "ascii"
        )
    except (binascii.Error, UnicodeError) as error:
        raise bad_cursor() from error


def bad_cursor() -> InvalidInput:
    """What to say of a cursor that no page ever had."""
    return InvalidInput("The page is not one.", {"cursor": "is not a cursor of this list"})


def next_link(path: str, *, limit: int, position: str) -> str:
    """The Link header of a page that has a next one. The path is the list's own, not yet quoted."""
    cursor = base64.urlsafe_b64encode(position.encode()).decode()
    query = urlencode({"limit": limit, "cursor": cursor})
    return f'<{quote(path, safe="/")}?{query}>; rel="next"'
