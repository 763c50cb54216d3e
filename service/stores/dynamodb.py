"""Comments in a DynamoDB table."""

from __future__ import annotations

import itertools
import re
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from service.comments import Comment
from service.stores import aws
from service.stores.store import BadPosition, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "DynamoDB"
CONNECTIONS = 50  # more than the threads of a copy
POSITION = re.compile(r"[0-9]{20}-[0-9a-f]{32}")


class DynamoDbStore:
    """Comments under their content id, sorted by when they came.

    The sort key is the time in nanoseconds, never twice the same in one process, and a random part that
    keeps two processes apart. Comments of two processes are in the order of their clocks.
    """

    def __init__(self, *, table: str) -> None:
        self._table = table
        self._client = aws.client("dynamodb", connections=CONNECTIONS)
        self._lock = threading.Lock()
        self._last = 0

    def add(self, content_id: str, comment: Comment) -> None:
        """One item; DynamoDB answers when it is on disks in two zones or more."""
        item = {
            "content_id": {"S": content_id},
            "comment_id": {"S": f"{self._now():020d}-{uuid.uuid4().hex}"},
            "email": {"S": comment.email},
            "comment": {"S": comment.comment},
        }
        with aws.told(NAME):
            self._client.put_item(TableName=self._table, Item=item)

    def page(self, content_id: str, *, after: str | None, limit: int) -> Page:
        """A range of the sort key, over as many answers of at most 1 MB as it takes."""
        items = list(itertools.islice(self._items(content_id, after, limit + 1), limit + 1))
        kept = items[:limit]
        return Page(
            comments=tuple(Comment(email=item["email"]["S"], comment=item["comment"]["S"]) for item in kept),
            next=kept[-1]["comment_id"]["S"] if len(items) > limit else None,
        )

    def ping(self) -> None:
        """Asks for the table's description."""
        with aws.told(NAME):
            self._client.describe_table(TableName=self._table)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _items(self, content_id: str, after: str | None, limit: int) -> Iterator[dict[str, Any]]:
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "content_id = :content_id",
            "ExpressionAttributeValues": {":content_id": {"S": content_id}},
            "ConsistentRead": True,
            "Limit": limit,
        }
        if after is not None:
            if not POSITION.fullmatch(after):
                raise BadPosition(after)
            query["ExclusiveStartKey"] = {"content_id": {"S": content_id}, "comment_id": {"S": after}}
        while True:
            with aws.told(NAME):
                answer = self._client.query(**query)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _now(self) -> int:
        """The time in nanoseconds, later at every call."""
        with self._lock:
            self._last = max(self._last + 1, time.time_ns())
            return self._last
