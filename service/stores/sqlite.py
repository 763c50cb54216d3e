"""Comments in one SQLite file: the embedded default."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from service.stores.store import Page, StoreUnavailable, number, numbered_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.comments import Comment

BUSY_SECONDS = 5
SETTINGS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"  # readers go on; a commit is on the disk
SCHEMA = """
    CREATE TABLE IF NOT EXISTS comments (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        content_id TEXT NOT NULL,
        email TEXT NOT NULL,
        comment TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS comments_by_content ON comments (content_id, id);
"""


class SqliteStore:
    """Comments in the file at `path`, one connection a thread. SQLite lets one writer in at a time."""

    def __init__(self, *, path: str) -> None:
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        with self._use() as connection:
            connection.executescript(SCHEMA)

    def add(self, content_id: str, comment: Comment) -> None:
        """One row, on the disk when it returns."""
        with self._use() as connection:
            connection.execute(
                "INSERT INTO comments (content_id, email, comment) VALUES (?, ?, ?)",
                (content_id, comment.email, comment.comment),
            )

    def page(self, content_id: str, *, after: str | None, limit: int) -> Page:
        """A range of the index."""
        with self._use() as connection:
            rows = connection.execute(
                "SELECT id, email, comment FROM comments WHERE content_id = ? AND id > ? ORDER BY id LIMIT ?",
                (content_id, number(after), limit + 1),
            ).fetchall()
        return numbered_page(rows, limit)

    def ping(self) -> None:
        """Reads the schema."""
        with self._use() as connection:
            connection.execute("SELECT 1 FROM comments LIMIT 1").fetchone()

    def close(self) -> None:
        """Closes every thread's connection; only for a store that is not used any more."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()

    @contextmanager
    def _use(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection()
        except sqlite3.Error as error:
            raise StoreUnavailable(f"SQLite at {self._path}: {error}") from error

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                connection.executescript(SETTINGS)
            except sqlite3.Error:
                connection.close()
                raise
            with self._lock:
                self._connections.append(connection)
            self._local.connection = connection
        return connection
