import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from cais.verify.prober import probe, wait_until_healthy
from cais.verify.workload import TargetCheck, VerifyError

HOST = "127.0.0.1"
CHECK = TargetCheck(path="/healthz", timeout=0.3)


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        status = 200 if self.path == "/healthz" and "ELB-HealthChecker" in self.headers["User-Agent"] else 404
        self.send_response(status)
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
    assert probe(HOST, server, CHECK) == ""


def test_a_wrong_code_is_named_as_the_load_balancer_names_it(server: int):
    reason = probe(HOST, server, TargetCheck(path="/", timeout=1))
    assert reason == "Target.ResponseCodeMismatch: Health checks failed with these codes: [404]"


def test_nobody_listening_is_a_failed_health_check():
    with socket.socket() as free:
        free.bind((HOST, 0))
        assert probe(HOST, free.getsockname()[1], CHECK).startswith("Target.FailedHealthChecks")


def test_silence_is_a_timeout():
    with socket.create_server((HOST, 0)) as silent:
        assert probe(HOST, silent.getsockname()[1], CHECK).startswith("Target.Timeout")


def test_waiting_ends_when_the_program_does():
    with pytest.raises(VerifyError, match="ended before it was healthy"):
        wait_until_healthy(host=HOST, port=1, check=CHECK, patience=60, alive=lambda: False)


def test_waiting_ends_with_patience_and_tells_the_last_reason(server: int):
    check = TargetCheck(path="/wrong", timeout=1)
    start = time.monotonic()
    with pytest.raises(VerifyError, match=r"not healthy within 1 s at /wrong: .*\[404\]"):
        wait_until_healthy(host=HOST, port=server, check=check, patience=0.6, alive=lambda: True)
    assert time.monotonic() - start >= 0.6
