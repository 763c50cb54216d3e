"""What the service asks of a store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from service.comments import Comment


class StoreUnavailable(Exception):  # noqa: N818 - the name says what it is
    """The store did not answer, or refused; whether a comment was kept is not known."""


class BadPosition(ValueError):  # noqa: N818 - likewise
    """A position that this store never gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some comments, and the position of the last one where more follow."""

    comments: tuple[Comment, ...]
    next: str | None


class CommentStore(Protocol):
    """Comments by content id, in insertion order.

    Every method may be called from several threads at once and raises StoreUnavailable when the store
    does not answer.
    """

    def add(self, content_id: str, comment: Comment) -> None:
        """Keeps the comment; durable once this returns."""
        ...

    def page(self, content_id: str, *, after: str | None, limit: int) -> Page:
        """At most `limit` comments behind the position `after`, at a cost that only `limit` decides.

        Raises:
            BadPosition: `after` is no position of this store.
        """
        ...

    def ping(self) -> None:
        """Returns when the store answers."""
        ...

    def close(self) -> None:
        """Lets go of every connection."""
        ...


def number(position: str | None) -> int:
    """The position of a store that numbers its comments; 0 is before the first.

    Raises:
        BadPosition: it is no number of 64 bits.
    """
    if position is None:
        return 0
    if position.isascii() and position.isdigit() and len(position) < len(str(2**63)):
        return int(position)
    raise BadPosition(position)


def numbered_page(rows: list[tuple[int, str, str]], limit: int) -> Page:
    """The page in rows of number, e-mail and comment; a row beyond `limit` only tells that there is more."""
    kept = rows[:limit]
    comments = tuple(Comment(email=email, comment=comment) for _, email, comment in kept)
    return Page(comments=comments, next=str(kept[-1][0]) if len(rows) > limit else None)
