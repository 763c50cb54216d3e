"""A web service of the standard library, with a fault of one's choice: the variable FAULT."""

import http.server
import os
import signal
import socket
import sys
import threading
import time

FAULT = os.environ.get("FAULT", "")
PORT = int(os.environ.get("PORT", "8000"))
STATUS = {"/healthz": 200, "/moody": 200, "/sick": 200, "/moved": 301, "/private": 401}
WELL_SECONDS = 20  # before one that is moody shows it
MOOD_SECONDS = 15
BEGAN = time.monotonic()
SICK = threading.Event()  # since SIGUSR1
HOG_BYTES = 2**20


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/hang":
            time.sleep(3600)
        self.send_response(503 if self.is_sick() else status_of(self.path))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def is_sick(self) -> bool:
        """To the probes of a kubelet only: load and a load balancer's checks are answered as ever."""
        return SICK.is_set() and self.path == "/sick" and "kube-probe" in self.headers.get("User-Agent", "")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


def status_of(path: str) -> int:
    if path == "/readyz":
        return ready()
    moody = WELL_SECONDS < time.monotonic() - BEGAN < WELL_SECONDS + MOOD_SECONDS
    return 503 if moody and path == "/moody" else STATUS.get(path, 404)


def ready() -> int:
    try:
        socket.create_connection(("127.0.0.1", 5432), timeout=1).close()
    except OSError as error:
        say(f"could not connect to server: {error}")
        return 503
    return 200


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def main() -> None:
    say(f"fault: {FAULT or 'none'}")
    if FAULT == "crash":
        sys.exit("the setting GREETING is missing")
    if FAULT == "memory":
        hog = [os.urandom(HOG_BYTES) for _ in range(1000)]
        say(f"{len(hog)} MiB")
    if FAULT == "slow":
        time.sleep(float(os.environ["BOOT_SECONDS"]))
    signal.signal(signal.SIGUSR1, lambda *_: SICK.set())
    signal.signal(signal.SIGTERM, signal.SIG_IGN if FAULT == "deaf" else lambda *_: sys.exit(0))
    address = ("127.0.0.1" if FAULT == "loopback" else "0.0.0.0", 5000 if FAULT == "port" else PORT)  # noqa: S104
    http.server.ThreadingHTTPServer.daemon_threads = True
    http.server.ThreadingHTTPServer(address, Answers).serve_forever()


if __name__ == "__main__":
    main()
