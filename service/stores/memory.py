"""Comments in a dictionary, for tests: gone with the process."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING

from service.stores.store import Page, number

if TYPE_CHECKING:
    from service.comments import Comment


class MemoryStore:
    """Comments of this process. A position is the count of comments up to it."""

    def __init__(self) -> None:
        self._comments: defaultdict[str, list[Comment]] = defaultdict(list)
        self._lock = threading.Lock()

    def add(self, content_id: str, comment: Comment) -> None:
        """Appends."""
        with self._lock:
            self._comments[content_id].append(comment)

    def page(self, content_id: str, *, after: str | None, limit: int) -> Page:
        """A slice."""
        start = number(after)
        with self._lock:
            comments = self._comments.get(content_id, [])
            end = start + limit
            return Page(comments=tuple(comments[start:end]), next=str(end) if len(comments) > end else None)

    def ping(self) -> None:
        """Always answers."""

    def close(self) -> None:
        """Nothing to let go of."""
