"""The service under load, on a PostgreSQL of its own, with a Prometheus that has our rules."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service import migrate
from service.settings import Settings
from tests.engines import postgres, prometheus
from tests.engines.prometheus import free_port, process
from tests.engines.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engines.postgres import Postgres
    from tests.engines.prometheus import Prometheus

ROOT = Path(__file__).parents[2]
COMMENT = {"email": "ana@example.com", "comment": "first!", "content_id": 1}


@dataclass
class Service:
    """A gunicorn with the service, to be stopped and started again."""

    store: Postgres
    log: Path
    port: int = field(default_factory=free_port)
    _running: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """Returns once it answers."""
        command = [sys.executable, "-m", "gunicorn", "--config", "service/gunicorn.conf.py"]
        command += ["--bind", f"127.0.0.1:{self.port}"]
        environment = {**os.environ, "DATABASE_URL": self.store.url, "LOG_LEVEL": "error"}
        self._running.enter_context(process(command, log=self.log, env=environment, cwd=ROOT))
        assert eventually(lambda: self.answers("/healthz")), self.log.read_text()

    def stop(self) -> None:
        self._running.close()

    def answers(self, path: str, body: bytes | None = None) -> bool:
        """Whether a GET of `path`, or a POST of `body`, succeeds."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body, headers=headers)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status == 200
        except (urllib.error.URLError, ConnectionError):
            return False


@dataclass(frozen=True)
class Observed:
    """What is observed, and who observes it."""

    service: Service
    store: Postgres
    prometheus: Prometheus


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory):
    prometheus.installed("prometheus")
    with ExitStack() as stack:
        store = stack.enter_context(postgres.running())
        migrate.run(Settings(database_url=store.url))
        service = Service(store=store, log=tmp_path_factory.mktemp("service") / "log")
        stack.callback(service.stop)
        service.start()
        stack.enter_context(load(service))
        target = f"127.0.0.1:{service.port}"
        server = prometheus.running(rules=hurried_rules(), job="comments", target=target)
        yield Observed(service=service, store=store, prometheus=stack.enter_context(server))


def hurried_rules() -> str:
    """Our rules, with seconds for their minutes: the scrapes are as much closer together."""
    text = (ROOT / "observability" / "rules.yml").read_text()
    return re.sub(r"\[\d+m\]", "[10s]", re.sub(r"for: \d+m", "for: 2s", text))


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
