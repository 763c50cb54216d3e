"""Stand-ins for what is beyond this machine: programs on the PATH, servers on ports."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import WSGIApplication

import pytest

StandIn = Callable[[str, str], Path]
Serve = Callable[[WSGIApplication], str]


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        pass


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Makes a program of this name that runs Python code; returns the file of the arguments that it got."""

    def make(name: str, code: str) -> Path:
        program, seen = tmp_path / "bin" / name, tmp_path / f"{name}.txt"
        program.parent.mkdir(exist_ok=True)
        note = f"import sys\nopen({str(seen)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')\n"
        program.write_text(f"#!{sys.executable}\n{note}{code}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
        return seen

    return make


@contextmanager
def running(app: WSGIApplication) -> Iterator[str]:
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves an app for as long as the test runs; returns its address."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(running(app))
