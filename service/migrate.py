"""Brings the schema of a PostgreSQL store up to date: `python -m service migrate`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

    from service.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE_SECONDS = 60  # a database that scaled to zero takes about 15 s to wake
LOCK = 7_221_893_006  # any number, the same in every copy that starts at the same time


def run(settings: Settings) -> list[str]:
    """Applies the migrations that the database does not have yet; their names, in order.

    One copy at a time: the others wait for it, and then find nothing to do. A store without a schema of its
    own needs none.

    Raises:
        psycopg.Error: the database does not answer within a minute, or refuses a statement.
    """
    if settings.store != "postgresql":
        return []
    from service.stores.opening import database_password
    from service.stores.postgres import conninfo

    with _connect(conninfo(settings.database_url, password=database_password(settings))) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations "
            "(name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        there = {name for (name,) in connection.execute("SELECT name FROM migrations")}
        missing = [path for path in sorted(MIGRATIONS.glob("*.sql")) if path.stem not in there]
        for path in missing:
            with connection.transaction():
                connection.execute(path.read_bytes())
                connection.execute("INSERT INTO migrations (name) VALUES (%s)", (path.stem,))
    return [path.stem for path in missing]


def _connect(conninfo: str) -> psycopg.Connection:
    import psycopg

    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return psycopg.connect(conninfo, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(1)
