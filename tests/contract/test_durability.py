"""What each store does when its engine goes away."""

import os
import re
import subprocess
import sys
import uuid
from pathlib import Path
from typing import LiteralString

import boto3
import psycopg
import pytest

from service import migrate
from service.comments import Comment
from service.settings import Settings
from service.stores.opening import open_store
from service.stores.store import CommentStore, StoreUnavailable
from tests.engines.postgres import Postgres

COMMENT = Comment(email="a@example.com", comment="still here")


def test_sqlite_comments_outlive_the_process(tmp_path: Path):
    settings = Settings(database_url=f"sqlite:///{tmp_path}/c.sqlite3")
    first = open_store(settings, connections=1)
    first.add("1", COMMENT)
    second = open_store(settings, connections=1)  # the first one never closed: as after SIGKILL
    assert second.page("1", after=None, limit=1).comments == (COMMENT,)
    first.close()
    second.close()


def test_an_sqlite_file_that_cannot_be_is_told_at_the_start(tmp_path: Path):
    with pytest.raises(StoreUnavailable, match="unable to open"):
        open_store(Settings(database_url=f"sqlite:///{tmp_path}/no/such/folder.sqlite3"), connections=1)


@pytest.mark.postgres
def test_postgres_comments_outlive_a_crash_of_the_server(postgres: Postgres, postgres_store: CommentStore):
    content_id = uuid.uuid4().hex
    postgres_store.add(content_id, COMMENT)
    postgres.restart()
    try:
        postgres_store.ping()  # the connection of before may still be the pool's
    except StoreUnavailable:
        postgres_store.ping()
    assert postgres_store.page(content_id, after=None, limit=1).comments == (COMMENT,)
    postgres_store.close()


@pytest.mark.postgres
def test_postgres_numbers_are_given_in_the_order_of_commits(postgres: Postgres, postgres_store: CommentStore):
    """A writer that has a number and has not committed must hold up the next one of the same content id."""
    from service.stores.postgres import INSERT

    values = {"content_id": uuid.uuid4().hex, "email": "a@example.com", "comment": "slow"}
    with psycopg.connect(postgres.url) as slow, psycopg.connect(postgres.url, autocommit=True) as fast:
        slow.execute(INSERT, values)
        fast.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            fast.execute(INSERT, {**values, "comment": "fast"})
        fast.execute(INSERT, {**values, "content_id": uuid.uuid4().hex})
    postgres_store.close()


@pytest.mark.postgres
def test_a_postgres_store_opens_while_its_server_is_away(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("service.stores.postgres.WAIT_SECONDS", 0.5)
    store = open_store(Settings(database_url="postgresql://comments@127.0.0.1:1/postgres"), connections=1)
    with pytest.raises(StoreUnavailable, match="PostgreSQL does not answer"):
        store.ping()
    store.close()


@pytest.mark.postgres
def test_migrations_run_once(postgres: Postgres):
    settings = Settings(database_url=postgres.url)
    migrate.run(settings)
    assert migrate.run(settings) == []


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch):
    """Fails when a migration waits for what will not change."""

    def waited(_seconds: float) -> None:
        pytest.fail("waited")

    monkeypatch.setattr("service.migrate.time.sleep", waited)


@pytest.mark.postgres
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("url", "password", "problem"),
    [
        ("{url}_else", None, 'database "postgres_else" does not exist'),
        ("{guarded}", "wrong", 'password authentication failed for user "guarded"'),
        ("{guarded}", None, "no password supplied"),
        ("{url}?sslmode=require", None, "server does not support SSL"),
    ],
)
def test_what_will_not_change_is_told_at_once(
    postgres: Postgres, guarded: str, url: str, password: str | None, problem: str
):
    url = url.format(url=postgres.url, guarded=guarded)
    with pytest.raises(migrate.MigrationError, match=re.escape(problem)):
        migrate.run(Settings(database_url=url, database_password=password))


@pytest.mark.postgres
def test_the_command_tells_what_is_wrong_without_a_stack_trace(postgres: Postgres):
    environment = {**os.environ, "DATABASE_URL": f"{postgres.url}_else"}
    command = [sys.executable, "-m", "service", "migrate"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("the schema is not up to date: ")
    assert "Traceback" not in done.stderr


@pytest.fixture
def guarded(postgres: Postgres):
    """The URL for a user that needs a password."""
    rules = postgres.data / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f"host all guarded all scram-sha-256\n{before}")
    postgres.control("reload")
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE guarded LOGIN PASSWORD 'right'")
        yield postgres.url.replace("comments@", "guarded@")
        connection.execute("DROP ROLE guarded")
    rules.write_text(before)
    postgres.control("reload")


@pytest.mark.postgres
def test_a_database_that_starts_is_waited_for(postgres: Postgres, monkeypatch: pytest.MonkeyPatch):
    postgres.control("-m", "immediate", "stop")
    monkeypatch.setattr("service.migrate.time.sleep", lambda _seconds: postgres.control("start"))
    migrate.run(Settings(database_url=postgres.url))


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("limit", "hold"),
    [
        ("TURN_SECONDS", f"SELECT pg_advisory_lock({migrate.LOCK})"),
        ("STATEMENT_LOCK_SECONDS", "LOCK TABLE migrations IN ACCESS EXCLUSIVE MODE"),
    ],
)
def test_a_lock_is_not_waited_for_without_end(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, limit: str, hold: LiteralString
):
    settings = Settings(database_url=postgres.url)
    migrate.run(settings)
    monkeypatch.setattr(migrate, limit, 0.2)
    with psycopg.connect(postgres.url) as other:
        other.execute(hold)
        with pytest.raises(migrate.MigrationError, match="lock timeout"):
            migrate.run(settings)


def test_a_store_without_a_schema_needs_no_migration():
    assert migrate.run(Settings(database_url="memory://")) == []


def test_a_dynamodb_table_that_is_not_there_is_unavailable(dynamodb_store: CommentStore):
    boto3.client("dynamodb").delete_table(TableName="comments")
    for use in (
        dynamodb_store.ping,
        lambda: dynamodb_store.add("1", COMMENT),
        lambda: dynamodb_store.page("1", after=None, limit=1),
    ):
        with pytest.raises(StoreUnavailable, match="ResourceNotFoundException"):
            use()
