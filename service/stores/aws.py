"""Clients of AWS that give up in time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from service.stores.store import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECT_SECONDS = 2
READ_SECONDS = 5
ATTEMPTS = 3


def client(service: str, *, connections: int = 1) -> Any:
    """A client of `service`, with at most `connections` at once; botocore's own would wait for minutes."""
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "max_attempts": ATTEMPTS},
        max_pool_connections=connections,
    )
    return boto3.client(service, config=config)


@contextmanager
def told(name: str) -> Iterator[None]:
    """Calls to the service that people call `name`.

    Raises:
        StoreUnavailable: it refuses or does not answer.
    """
    try:
        yield
    except ClientError as error:
        raise StoreUnavailable(f"{name} refused: {error.response['Error']['Code']}") from error
    except BotoCoreError as error:
        raise StoreUnavailable(f"{name} does not answer: {type(error).__name__}") from error
