import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cais.verify.prober import probe
from cais.verify.target_health import PASSED, mismatch, timed_out
from cais.verify.workload import TargetCheck

HOST = "127.0.0.1"
CHECK = TargetCheck(path="/healthz", timeout=0.3)


class Answers(BaseHTTPRequestHandler):
    """As an application that takes no request for localhost, and health checks alone."""

    def do_GET(self):
        known = "ELB-HealthChecker" in self.headers["User-Agent"] and self.headers["Host"].startswith("10.")
        self.send_response(200 if self.path == "/healthz" and known else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def server():
    with HTTPServer((HOST, 0), Answers) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield http.server_port
        http.shutdown()


@pytest.mark.parametrize(
    ("codes", "status", "accepted"),
    [("200", 200, True), ("200", 204, False), ("200-299,302", 302, True), ("200-299,302", 301, False)],
)
def test_the_matcher_is_a_list_of_codes_and_ranges(codes: str, status: int, accepted: bool):
    assert TargetCheck(path="/", codes=codes).accepts(status) is accepted


def test_a_good_answer_passes(server: int):
    assert probe(HOST, server, CHECK) == PASSED


def test_a_wrong_code_is_named_as_the_load_balancer_names_it(server: int):
    outcome = probe(HOST, server, TargetCheck(path="/", timeout=1))
    assert outcome == mismatch(404)
    assert outcome.reason == "Target.ResponseCodeMismatch"
    assert outcome.description == "Health checks failed with these codes: [404]"


def test_nobody_listening_is_a_failed_health_check():
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
        assert probe(HOST, port, CHECK).reason == "Target.FailedHealthChecks"
        assert probe(HOST, port, TargetCheck(path="/", protocol="TCP")).reason == "Target.FailedHealthChecks"


def test_silence_is_a_timeout_unless_a_connection_is_enough():
    with socket.create_server((HOST, 0)) as silent:
        port = silent.getsockname()[1]
        assert probe(HOST, port, CHECK) == timed_out()
        assert probe(HOST, port, TargetCheck(path="/", protocol="TCP")) == PASSED


def test_no_tls_where_tls_is_asked_for_is_a_failed_health_check(server: int):
    check = TargetCheck(path="/healthz", protocol="HTTPS", timeout=1)
    assert probe(HOST, server, check).reason == "Target.FailedHealthChecks"
