"""Brings the schema of a PostgreSQL store up to date: `python -m service migrate`."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

    from service.settings import Settings

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE_SECONDS = 60  # a database that scaled to zero takes about 15 s to wake
LOCK = 7_221_893_006  # any number, the same in every copy that starts at the same time
TURN_SECONDS = 300  # for another copy's migrations, which may build an index
STATEMENT_LOCK_SECONDS = 5  # for a table: whoever asks for it meanwhile waits behind the migration

# libpq has no code for a connection that was refused, only words. Any others are taken to pass.
PERMANENT = re.compile(
    r"password authentication failed|no password supplied|does not exist|no pg_hba\.conf entry"
    r"|permission denied|does not support SSL|certificate verify failed|does not match host name"
)


class MigrationError(Exception):
    """The schema could not be brought up to date; the text tells why."""


def run(settings: Settings) -> list[str]:
    """Applies the migrations that the database does not have yet; their names, in order.

    One copy at a time: the others wait for it, and then find nothing to do. A store without a schema of its
    own needs none.

    Raises:
        MigrationError: the password cannot be read, the database lets nobody in, does not answer within a
            minute, is migrated by another copy for more than five, or refuses a statement.
    """
    if settings.store != "postgresql":
        return []
    import psycopg

    from service.stores.opening import database_password
    from service.stores.postgres import conninfo
    from service.stores.store import StoreUnavailable

    try:
        info = conninfo(settings.database_url, password=database_password(settings))
        with _connect(info) as connection:
            _wait_for_turn(connection)
            return _apply_missing(connection)
    except (psycopg.Error, StoreUnavailable) as error:
        raise MigrationError(f"the schema is not up to date: {error}") from error


def _connect(conninfo: str) -> psycopg.Connection:
    import psycopg

    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return psycopg.connect(conninfo, autocommit=True)
        except psycopg.OperationalError as error:
            if PERMANENT.search(str(error)) or time.monotonic() > give_up:
                raise
            time.sleep(1)


def _wait_for_turn(connection: psycopg.Connection) -> None:
    _limit_lock_waits(connection, TURN_SECONDS)
    connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    _limit_lock_waits(connection, STATEMENT_LOCK_SECONDS)


def _limit_lock_waits(connection: psycopg.Connection, seconds: float) -> None:
    connection.execute("SELECT set_config('lock_timeout', %s, false)", (f"{seconds * 1000:.0f}ms",))


def _apply_missing(connection: psycopg.Connection) -> list[str]:
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
