import os
import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from cais.verify.process import ProcessEngine, ProcessRunning
from cais.verify.up import bring_up, url
from cais.verify.workload import ImageSource, TargetCheck, VerifyError, Workload

SERVER = """\
import http.server, os, sys
class Answers(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(os.environ["WHERE"].encode())
print("listening", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answers).serve_forever()
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def workload(tmp_path: Path, port: int) -> Workload:
    context = tmp_path / "context"
    context.mkdir()
    (context / "server.py").write_text(SERVER)
    (context / "requirements.txt").write_text("")
    command = f'CMD ["python", "/app/inside/server.py", "{port}"]'
    (context / "Dockerfile").write_text(f"FROM x\nWORKDIR /app\nCOPY . inside\n{command}\n")
    return Workload(
        name="sample",
        image=ImageSource(directory=context),
        port=port,
        check=TargetCheck(path="/"),
        environment={"WHERE": "{data}/here"},
        stop_timeout=5,
    )


def up(workload: Workload, home: Path, *, smoke_test: tuple[str, ...] = ()) -> ProcessRunning:
    home.mkdir(exist_ok=True)
    running = bring_up(
        workload=workload,
        engine=ProcessEngine(home=home),
        data=home,
        patience=20,
        smoke_test=smoke_test,
        say=lambda _: None,
    )
    assert isinstance(running, ProcessRunning)
    return running


def answer(address: str) -> str:
    with urllib.request.urlopen(address) as response:
        return response.read().decode()


def test_the_command_of_the_dockerfile_runs_on_the_copied_files(workload: Workload, tmp_path: Path):
    running = up(workload, tmp_path / "home", smoke_test=("test", "-n"))
    try:
        assert answer(url(running)) == f"{tmp_path}/home/here"
        assert "listening" in running.logs()
    finally:
        running.stop()
    assert not running.alive()


def test_a_failed_smoke_test_stops_the_workload_and_shows_its_log(workload: Workload, tmp_path: Path):
    with pytest.raises(VerifyError, match="listening"):
        up(workload, tmp_path / "home", smoke_test=("false",))
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", workload.port)) != 0


def test_what_a_killed_run_left_is_ended_at_the_next_start(workload: Workload, tmp_path: Path):
    left = up(workload, tmp_path / "home")
    running = up(workload, tmp_path / "home")
    try:
        assert left.process.wait() == -signal.SIGKILL
        assert running.alive()
    finally:
        running.stop()


def test_another_program_with_the_same_pid_is_left_alone(tmp_path: Path):
    engine = ProcessEngine(home=tmp_path)
    engine.group.write_text(f"{os.getpid()} another birth")
    received: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    assert engine.remove_stale() == 0
    assert not received


def test_a_taken_port_is_named(workload: Workload, tmp_path: Path):
    with (
        socket.create_server(("127.0.0.1", workload.port)),
        pytest.raises(VerifyError, match=f"port {workload.port} of 127.0.0.1 is taken"),
    ):
        up(workload, tmp_path / "home")
