"""The service as Lambda runs it, with its metrics written to its log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from service.app import create_app
from service.embedded_metrics import EmbeddedMetrics
from service.lambda_adapter import make_handler
from service.settings import Settings
from service.stores.memory import MemoryStore
from service.stores.store import StoreUnavailable
from tests.unit.lambda_handler import events

if TYPE_CHECKING:
    from service.comments import Comment

NAMESPACE = "comments"
COMMENT = json.dumps({"email": "ana@example.com", "comment": "first!", "content_id": 1})
JSON = (("content-type", "application/json"),)


class AwayStore(MemoryStore):
    def add(self, content_id: str, comment: Comment) -> None:  # noqa: ARG002
        raise StoreUnavailable("gone")


class Lambda:
    """A copy of the function."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.app = create_app(Settings(database_url="memory://"), store=store or MemoryStore())
        registry = self.app.extensions["metrics"].registry
        self._handler = EmbeddedMetrics(registry, namespace=NAMESPACE).after(make_handler(self.app))

    def request(self, method: str, path: str, body: str = "") -> None:
        self._handler(events.v2(method, path, headers=JSON, body=body.encode()), None)
