"""Comments in PostgreSQL."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout, TooManyRequests

from service.stores.store import Page, StoreUnavailable, number, numbered_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.comments import Comment

RDS_AUTHORITIES = Path(__file__).parent.parent / "rds-ca.pem"
CONNECT_SECONDS = 5
WAIT_SECONDS = 8  # for a connection; a client should hear 503 before its own patience ends
PING_SECONDS = 2  # the same for readiness, which is asked again anyway
GONE_SECONDS = 5  # without a word from a server that owes one; the kernel would wait a quarter of an hour
IDLE_SECONDS = 120  # after which a connection goes, so that a database that scales to zero can

# Numbers are given in the order of the commits of one content id: the lock is held until the statement
# commits. Else a page could pass over a comment whose number is lower and whose commit came later.
INSERT = """
    WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended(%(content_id)s, 0)))
    INSERT INTO comments (content_id, email, comment)
    SELECT %(content_id)s, %(email)s, %(comment)s FROM turn
"""
SELECT = "SELECT id, email, comment FROM comments WHERE content_id = %s AND id > %s ORDER BY id LIMIT %s"


def conninfo(url: str, *, password: str | None) -> str:
    """The connection string of libpq: the URL, the password, and whom to believe about the server's name.

    RDS signs its certificates with authorities of its own, which no system trusts by default.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
    """
    given = conninfo_to_dict(url)
    defaults: dict[str, str | int] = {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "comments",
        "tcp_user_timeout": GONE_SECONDS * 1000,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
    }
    if given.get("sslmode") in ("verify-ca", "verify-full"):
        defaults["sslrootcert"] = str(RDS_AUTHORITIES)
    if password:
        defaults["password"] = password
    return make_conninfo(**{**defaults, **given})


class PostgresStore:
    """Comments in the table of `service/migrations`.

    Connections are opened when they are first needed: the service starts while its database is away, and
    `/readyz` tells so.
    """

    def __init__(self, *, conninfo: str, connections: int) -> None:
        self._pool = ConnectionPool(
            conninfo,
            min_size=0,
            max_size=connections,
            max_waiting=2
            * connections,  # who comes later hears 503 at once: threads must be left for /healthz
            max_idle=IDLE_SECONDS,
            timeout=WAIT_SECONDS,
            kwargs={"autocommit": True},
            open=True,
        )

    def add(self, content_id: str, comment: Comment) -> None:
        """One row, committed when it returns."""
        values = {"content_id": content_id, "email": comment.email, "comment": comment.comment}
        with self._use() as connection:
            connection.execute(INSERT, values)

    def page(self, content_id: str, *, after: str | None, limit: int) -> Page:
        """A range of the index."""
        values = (content_id, number(after), limit + 1)
        with self._use() as connection:
            return numbered_page(connection.execute(SELECT, values).fetchall(), limit)

    def ping(self) -> None:
        """Reads the table, so that a schema that is missing is told as well."""
        with self._use(wait=PING_SECONDS) as connection:
            connection.execute("SELECT 1 FROM comments LIMIT 1")

    def close(self) -> None:
        """Closes the pool."""
        self._pool.close()

    @contextmanager
    def _use(self, *, wait: float | None = None) -> Iterator[psycopg.Connection]:
        """A connection. When one turns out to be broken the others are looked at too, and the broken go."""
        try:
            with self._pool.connection(wait) as connection:
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if not isinstance(error, PoolTimeout | TooManyRequests):
                self._pool.check()
            raise StoreUnavailable(f"PostgreSQL does not answer: {type(error).__name__}") from error
        except psycopg.errors.UndefinedTable as error:
            raise StoreUnavailable("PostgreSQL has no schema; run: python -m service migrate") from error
