"""The service as its containers run it, and a client that keeps it busy."""

from __future__ import annotations

import json
import os
import sys
import threading
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.engines.prometheus import free_port, process
from tests.engines.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
COMMENT = {"email": "ana@example.com", "comment": "first!", "content_id": 1}


@dataclass
class Service:
    """A gunicorn with the service, to be stopped and started again."""

    database_url: str
    log: Path
    port: int = field(default_factory=free_port)
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns once it answers."""
        command = [sys.executable, "-m", "gunicorn", "--config", "service/gunicorn.conf.py"]
        environment = {**os.environ, "DATABASE_URL": self.database_url, "LOG_LEVEL": "error"}
        server = process([*command, "--bind", self.address], log=self.log, env=environment, cwd=ROOT)
        self._running.enter_context(server)
        assert eventually(lambda: self.answers("/healthz")), self.log.read_text()

    def stop(self) -> None:
        self._running.close()

    def answers(self, path: str, body: bytes | None = None) -> bool:
        """Whether a GET of `path`, or a POST of `body`, succeeds."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://{self.address}{path}", data=body, headers=headers)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status == 200
        except (urllib.error.URLError, ConnectionError):
            return False


@contextmanager
def load(service: Service) -> Iterator[None]:
    """A client that writes and reads until the block ends, whatever it is answered."""
    done = threading.Event()

    def send() -> None:
        while not done.wait(0.05):
            service.answers("/api/comment/new", json.dumps(COMMENT).encode())
            service.answers("/api/comment/list/1")
            service.answers("/readyz")

    client = threading.Thread(target=send)
    client.start()
    try:
        yield
    finally:
        done.set()
        client.join()
