"""Load on a URL: a few clients that ask at a steady pace, and what they were answered."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
import urllib.parse
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from cais.verify.report import Latency

if TYPE_CHECKING:
    from collections.abc import Sequence

CLIENTS = 4
PAUSE_SECONDS = 0.1  # 40 requests a second: a quarter of a vCPU answers them and has room to start a copy
PATIENCE_SECONDS = 30
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """One request: when it was sent, how long it took, its status, 0 where the connection failed."""

    at: float
    seconds: float
    status: int

    @property
    def failed(self) -> bool:
        """Whether the client got no answer of the application's; its own refusals are answers."""
        return not self.status or self.status >= SERVER_ERROR


@dataclass(slots=True, kw_only=True)
class Load:
    """Requests for `path` for as long as it is entered, over connections that are kept."""

    url: str
    path: str
    answers: list[Answer] = field(default_factory=list)
    _done: threading.Event = field(default_factory=threading.Event)
    _clients: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Starts the clients, their pace staggered."""
        for number in range(CLIENTS):
            delay = number * PAUSE_SECONDS / CLIENTS
            client = threading.Thread(target=self._ask, args=(delay,), name=f"client-{number}")
            client.start()
            self._clients.append(client)
        return self

    def __exit__(self, *_: object) -> None:
        """Waits for the answers of requests that were sent."""
        self._done.set()
        for client in self._clients:
            client.join()

    @property
    def failed(self) -> int:
        """How many requests failed."""
        return sum(answer.failed for answer in self.answers)

    def _ask(self, delay: float) -> None:
        address = urllib.parse.urlsplit(self.url).netloc
        connection = http.client.HTTPConnection(address, timeout=PATIENCE_SECONDS)
        self._done.wait(delay)
        while not self._done.is_set():
            self.answers.append(ask(connection, self.path))
            self._done.wait(PAUSE_SECONDS)
        connection.close()


def ask(connection: http.client.HTTPConnection, path: str) -> Answer:
    """One request; after one that failed the connection is a new one."""
    at = time.monotonic()
    status = 0
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        status = response.status
    except (OSError, http.client.HTTPException):
        connection.close()
    return Answer(at, time.monotonic() - at, status)


def first_answer(url: str, path: str) -> Answer:
    """The answer to one request over a new connection."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=PATIENCE_SECONDS)
    with suppress(OSError):
        connection.connect()
    try:
        return ask(connection, path)
    finally:
        connection.close()


def latency(answers: Sequence[Answer]) -> Latency | None:
    """Percentiles over those that did not fail; None where all did."""
    times = sorted(answer.seconds * 1000 for answer in answers if not answer.failed)
    if not times:
        return None
    if len(times) == 1:
        return Latency(p50=times[0], p99=times[0], requests=1)
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return Latency(p50=cuts[49], p99=cuts[98], requests=len(times))
