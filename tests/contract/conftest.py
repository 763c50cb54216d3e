"""One store of each kind, empty of the content ids that a test uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from service import migrate
from service.settings import Settings
from service.stores.opening import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from service.stores.store import CommentStore
    from tests.engines.postgres import Postgres

STORES = ("memory", "sqlite", "dynamodb", pytest.param("postgres", marks=pytest.mark.postgres))
TABLE = "comments"


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest):
    opened: CommentStore = request.getfixturevalue(f"{request.param}_store")
    yield opened
    opened.close()


@pytest.fixture
def memory_store():
    return open_store(Settings(database_url="memory://"), connections=4)


@pytest.fixture
def sqlite_store(tmp_path: Path):
    return open_store(Settings(database_url=f"sqlite:///{tmp_path}/comments.sqlite3"), connections=4)


@pytest.fixture
def postgres_store(postgres: Postgres):
    settings = Settings(database_url=postgres.url)
    migrate.run(settings)
    return open_store(settings, connections=4)


@pytest.fixture
def dynamodb_store(monkeypatch: pytest.MonkeyPatch):
    """moto's DynamoDB, with the table that DataStack makes."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        keys = {"content_id": "HASH", "comment_id": "RANGE"}
        boto3.client("dynamodb").create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
            BillingMode="PAY_PER_REQUEST",
        )
        yield open_store(Settings(database_url=f"dynamodb://{TABLE}"), connections=4)
