"""gunicorn against granian on this service: speed in pairs on one core, and how each one stops.

    python benchmarks/service/servers.py         needs wrk, taskset and a second core for the load

Both serve the same app on SQLite with one process and eight threads. A pair is one run of each, one after the
other; the ratio of a pair is what counts, because machines are noisy and seconds are not comparable.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PORT = 8000
URL = f"http://127.0.0.1:{PORT}"
PAIRS = 5
SECONDS = 5
GRACE = 20
IDLE = 90
SERVERS = {
    "gunicorn": ["-m", "gunicorn", "--config", "service/gunicorn.conf.py", "--bind", f"127.0.0.1:{PORT}"],
    "granian": [
        *(
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(PORT),
            "--workers",
            "1",
        ),
        *("--blocking-threads", "8", "--workers-kill-timeout", str(GRACE)),
        *("--http1-header-read-timeout", "60000", "service.wsgi:app"),  # the most that it takes
    ],
}


@contextmanager
def serving(name: str) -> Iterator[subprocess.Popen[bytes]]:
    """The server on core 0, with twenty comments under one content id."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder}/c.sqlite3", "LOG_LEVEL": "warning"}
        command = ["taskset", "-c", "0", sys.executable, *SERVERS[name]]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            wait_until_it_answers()
            for _ in range(20):
                post("bench")
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_it_answers() -> None:
    for _ in range(100):
        with suppress(OSError):
            urllib.request.urlopen(f"{URL}/healthz").close()  # noqa: S310 - our own server
            return
        time.sleep(0.1)


def post(content_id: str) -> None:
    body = json.dumps({"email": "a@example.com", "comment": "x" * 80, "content_id": content_id}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{URL}/api/comment/new", body, headers)  # noqa: S310 - our own server
    urllib.request.urlopen(request).close()  # noqa: S310 - likewise


def requests_per_second(path: str) -> float:
    command = ["taskset", "-c", "1", "wrk", "-t1", "-c8", f"-d{SECONDS}s", URL + path]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", said)[0])


def speed(path: str) -> list[float]:
    """granian's requests a second over gunicorn's, a pair each."""
    ratios = []
    for _ in range(PAIRS):
        rates = {}
        for name in SERVERS:
            with serving(name):
                rates[name] = requests_per_second(path)
        ratios.append(rates["granian"] / rates["gunicorn"])
    return ratios


def drain(name: str) -> dict[str, str]:
    """What a request in flight and an idle kept-alive connection see of SIGTERM."""
    body = json.dumps({"email": "a@example.com", "comment": "slow", "content_id": "slow"}).encode()
    head = f"POST /api/comment/new HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    head += "Content-Type: application/json\r\n\r\n"
    with (
        serving(name) as process,
        socket.create_connection(("127.0.0.1", PORT)) as idle,
        socket.create_connection(("127.0.0.1", PORT), timeout=GRACE) as slow,
    ):
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        idle.recv(4096)
        slow.sendall(head.encode() + body[:10])
        time.sleep(0.5)
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        time.sleep(2)
        try:
            slow.sendall(body[10:])
            answer = slow.recv(4096).split(b"\r\n")[0].decode() or "closed without an answer"
        except OSError as error:
            answer = type(error).__name__
        code = process.wait(GRACE + 5)
    return {
        "request in flight": answer,
        "exit code": str(code),
        "stopped after": f"{time.monotonic() - start:.1f} s",
    }


def idle(name: str) -> str:
    """How long a kept-alive connection may be idle: below an ALB's 60 s it answers 502 now and then."""
    with serving(name), socket.create_connection(("127.0.0.1", PORT), timeout=IDLE) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        start = time.monotonic()
        with suppress(TimeoutError):
            while connection.recv(4096):
                pass
        return f"{time.monotonic() - start:.0f} s"


def main() -> None:
    for path in ("/healthz", "/api/comment/list/bench"):
        ratios = speed(path)
        told = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"granian / gunicorn, {path}: median {statistics.median(ratios):.2f} of {told}", flush=True)
    for name in SERVERS:
        print(f"{name} at SIGTERM: {drain(name)}", flush=True)
        print(f"{name} closes an idle connection after {idle(name)} (looked at for {IDLE} s)", flush=True)


if __name__ == "__main__":
    main()
