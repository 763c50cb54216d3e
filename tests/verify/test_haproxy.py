"""HAProxy as a load balancer, in front of a server of the standard library."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

from cais.verify.balancer import ProbingBalancer
from cais.verify.ecs_service import Rules
from cais.verify.errors import VerifyError
from cais.verify.haproxy import HaproxyBalancer
from cais.verify.ports import HOST, free_port
from cais.verify.runs import run_folder
from cais.verify.workload import TargetCheck
from tests.engines.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from cais.verify.balancer import Balancer

    Kind = Callable[..., AbstractContextManager[Balancer]]

pytestmark = pytest.mark.usefixtures("haproxy")

CHECK = TargetCheck(path="/up?all=1", interval=0.2, timeout=0.2, healthy_threshold=2, unhealthy_threshold=2)
FOREVER = TargetCheck(path="/", interval=1e12)


class Server(BaseHTTPRequestHandler):
    status: ClassVar[int] = 200
    seen: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self):
        self.seen.append((self.path, self.headers["Host"]))
        if self.path == "/slow":
            time.sleep(1)
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def port():
    Server.status = 200
    Server.seen.clear()
    with ThreadingHTTPServer((HOST, 0), Server) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield http.server_port
        http.shutdown()


@pytest.fixture
def folder():
    with run_folder() as folder:
        yield folder


@contextmanager
def haproxy(
    folder: Path, check: TargetCheck = CHECK, first_checks: int | None = None, port: int = 0
) -> Iterator[Balancer]:
    with HaproxyBalancer(
        check=check,
        rules=Rules(),
        traffic_port=8000,
        slots=2,
        folder=folder,
        clock=time.monotonic,
        first_checks=first_checks,
        port=port,
    ) as balancer:
        yield balancer


@contextmanager
def probing(folder: Path, check: TargetCheck = CHECK, first_checks: int | None = None) -> Iterator[Balancer]:  # noqa: ARG001 - as the other
    with ProbingBalancer(check=check, clock=time.monotonic, first_checks=first_checks) as balancer:
        yield balancer


both = pytest.mark.parametrize("kind", [haproxy, probing])


def comes_to(balancer: Balancer, state: str, copy: str = "a") -> bool:
    def holds() -> bool:
        balancer.poll()
        return balancer.targets[copy].now.state == state

    return eventually(holds)


def answer(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


@both
def test_a_target_gets_requests_once_it_is_healthy(kind: Kind, folder: Path, port: int):
    with kind(folder) as balancer:
        balancer.register("a", port=port, check_port=port)
        assert balancer.targets["a"].now.state == "initial"
        assert comes_to(balancer, "healthy")
        assert Server.seen[0] == ("/up?all=1", Server.seen[0][1])
        assert Server.seen[0][1].startswith("10.0.0.10:")
        assert answer(f"{balancer.url}/x") == 200
        assert Server.seen[-1][0] == "/x" or ("/x", balancer.url.removeprefix("http://")) in Server.seen


@both
@pytest.mark.parametrize(
    ("first_checks", "checks"),
    [(None, 2), (1, 1)],
)
def test_a_new_target_has_to_pass_as_many_checks_as_the_model_says(
    kind: Kind, folder: Path, port: int, first_checks: int | None, checks: int
):
    slow = TargetCheck(path="/", interval=1, timeout=0.5, healthy_threshold=2)
    with kind(folder, slow, first_checks) as balancer:
        balancer.register("a", port=port, check_port=port)
        assert comes_to(balancer, "healthy")
        assert len(Server.seen) == checks


@both
def test_a_target_that_falls_is_unhealthy_with_the_reason_and_recovers(kind: Kind, folder: Path, port: int):
    with kind(folder) as balancer:
        balancer.register("a", port=port, check_port=port)
        assert comes_to(balancer, "healthy")
        Server.status = 503
        assert comes_to(balancer, "unhealthy")
        assert balancer.targets["a"].now.reason == "Target.ResponseCodeMismatch"
        assert balancer.targets["a"].now.description.endswith("[503]")
        Server.status = 200
        assert comes_to(balancer, "healthy")


@both
def test_nobody_there_is_a_failed_health_check(kind: Kind, folder: Path):
    with kind(folder) as balancer:
        balancer.register("a", port=free_port(), check_port=free_port())
        assert comes_to(balancer, "unhealthy")
        assert balancer.targets["a"].now.reason == "Target.FailedHealthChecks"


@both
def test_a_slow_answer_is_a_timeout(kind: Kind, folder: Path, port: int):
    slow = TargetCheck(path="/slow", interval=0.5, timeout=0.2)
    with kind(folder, slow) as balancer:
        balancer.register("a", port=port, check_port=port)
        assert comes_to(balancer, "unhealthy")
        assert balancer.targets["a"].now.reason == "Target.Timeout"


def test_with_no_healthy_target_every_target_gets_requests(folder: Path, port: int):
    with haproxy(folder) as balancer:
        assert answer(balancer.url) == 503
        Server.status = 404
        balancer.register("a", port=port, check_port=port)
        assert comes_to(balancer, "unhealthy")
        assert answer(f"{balancer.url}/open") == 404


def test_a_target_that_drains_ends_its_requests_and_gets_no_more(folder: Path, port: int):
    with haproxy(folder) as balancer:
        for copy in ("a", "b"):
            balancer.register(copy, port=port, check_port=port)
            assert comes_to(balancer, "healthy", copy)
        answers: list[int] = []
        client = threading.Thread(target=lambda: answers.append(answer(f"{balancer.url}/slow")))
        client.start()
        assert eventually(lambda: balancer.in_flight("a") + balancer.in_flight("b") == 1)
        for copy in ("a", "b"):
            assert balancer.deregister(copy).state == "draining"
        assert answer(f"{balancer.url}/more") == 503
        client.join()
        assert answers == [200]
        balancer.remove("a")
        assert "a" not in balancer.targets


def test_a_port_that_is_taken_is_left_to_whom_it_is(folder: Path, port: int):
    with haproxy(folder, port=port) as balancer:
        assert balancer.url != f"http://{HOST}:{port}"
        assert answer(balancer.url) == 503


def test_settings_that_haproxy_refuses_are_told(folder: Path):
    with pytest.raises(VerifyError, match=r"haproxy does not start:(.|\n)*ALERT"), haproxy(folder, FOREVER):
        pass


def test_a_path_cannot_add_to_the_settings(folder: Path, port: int):
    hostile = TargetCheck(path="/a b'\n  http-check expect status 404 #", interval=0.2, timeout=0.2)
    with haproxy(folder, hostile) as balancer:
        balancer.register("a", port=port, check_port=port)
        assert comes_to(balancer, "healthy")
        assert Server.seen[0][0].startswith("/a%20b%27%0A")
