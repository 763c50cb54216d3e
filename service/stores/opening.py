"""Opens the store that the settings name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.settings import Settings
    from service.stores.store import CommentStore


def open_store(settings: Settings, *, connections: int) -> CommentStore:
    """The store; one with a pool opens at most `connections`. Only the driver of this store is loaded.

    Raises:
        StoreUnavailable: the file of an SQLite store cannot be opened, or the password's secret not read.
    """
    match settings.store:
        case "memory":
            from service.stores.memory import MemoryStore

            return MemoryStore()
        case "sqlite":
            from service.stores.sqlite import SqliteStore

            return SqliteStore(path=settings.database_url.removeprefix("sqlite:///"))
        case "dynamodb":
            from service.stores.dynamodb import DynamoDbStore

            return DynamoDbStore(table=settings.database_url.removeprefix("dynamodb://"))
        case _:
            from service.stores.postgres import PostgresStore, conninfo

            info = conninfo(settings.database_url, password=database_password(settings))
            return PostgresStore(conninfo=info, connections=connections)


def database_password(settings: Settings) -> str | None:
    """The password: as it was given, else from the secret that holds it under `password`, as RDS writes it.

    ECS gives the password itself; Lambda and EKS give the secret's ARN and a role that may read it.

    Raises:
        StoreUnavailable: the secret cannot be read.
    """
    if settings.database_password or not settings.database_secret_arn:
        return settings.database_password
    from service.stores import aws

    with aws.told("Secrets Manager"):
        secret = aws.client("secretsmanager").get_secret_value(SecretId=settings.database_secret_arn)
    return json.loads(secret["SecretString"])["password"]
