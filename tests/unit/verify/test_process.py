import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from cais.verify.engine import Stopped, StoppedError
from cais.verify.errors import EngineMissingError, VerifyError
from cais.verify.owner import birth, owner_of
from cais.verify.process import ProcessCopy, ProcessEngine
from cais.verify.runs import run_folder, sweep
from cais.verify.workload import ImageSource, TargetCheck, Workload
from tests.engines.waiting import eventually

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
    return changed(ImageSource(directory=context), port)


def changed(image: ImageSource | str, port: int, **changes: Any) -> Workload:
    given: dict[str, Any] = {
        "name": "sample",
        "image": image,
        "port": port,
        "check": TargetCheck(path="/"),
        "environment": {"WHERE": "{data}/here"},
        "stop_timeout": 5,
    }
    return Workload(**{**given, **changes})


@pytest.fixture
def engine(tmp_path: Path):
    with run_folder() as folder:
        yield ProcessEngine(home=tmp_path / "home", run=folder)


def start(engine: ProcessEngine, workload: Workload, name: str = "copy-1") -> ProcessCopy:
    engine.prepare(workload)
    return engine.start(workload, name=name, data=engine.home)


def answer(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}") as response:
        return response.read().decode()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_command_of_the_dockerfile_runs_on_the_copied_files(workload: Workload, engine: ProcessEngine):
    copy = start(engine, workload)
    assert eventually(lambda: listens(copy.port))
    assert answer(copy.port) == f"{engine.home}/here"
    assert "listening" in copy.logs()
    assert engine.states([copy])["copy-1"].running
    assert not copy.stop().killed
    assert not listens(copy.port)


def test_one_that_ignores_sigterm_is_killed(workload: Workload, engine: ProcessEngine):
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); "
    command = ("python", "-c", f"{deaf}time.sleep(60)")
    copy = start(engine, changed(workload.image, workload.port, command=command, stop_timeout=0.2))
    assert eventually(lambda: "deaf" in copy.logs())
    stopped = copy.stop()
    assert stopped == Stopped(seconds=stopped.seconds, killed=True)
    assert copy.process.poll() == -signal.SIGKILL


def test_a_container_before_it_has_to_end_well(workload: Workload, engine: ProcessEngine):
    fails = changed(
        workload.image, 0, name="migrate", command=("python", "-c", "raise SystemExit('no store')")
    )
    with pytest.raises(StoppedError, match="migrate ended with 1") as raised:
        start(engine, changed(workload.image, workload.port, before=(fails,)))
    assert "no store" in raised.value.logs


OTHER = """\
import pathlib, sys, time
from cais.verify.process import ProcessEngine
from cais.verify.runs import run_folder
from cais.verify.workload import ImageSource, TargetCheck, Workload
home, context, port = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
workload = Workload(
    name="sample", image=ImageSource(directory=context), port=port, check=TargetCheck(path="/"),
    environment={"WHERE": "there"},
)
with run_folder() as folder:
    engine = ProcessEngine(home=home, run=folder)
    engine.prepare(workload)
    print(engine.start(workload, name="copy-1", data=home).process.pid, folder, flush=True)
    time.sleep(600)
"""


def test_what_a_killed_run_left_is_ended_and_what_a_live_one_has_is_not(
    workload: Workload, engine: ProcessEngine
):
    assert isinstance(workload.image, ImageSource)
    command = [
        sys.executable,
        "-c",
        OTHER,
        str(engine.home),
        str(workload.image.directory),
        str(workload.port),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        pid, _, folder = other.stdout.readline().strip().partition(" ")
        assert sweep() == 0
        assert eventually(lambda: listens(workload.port))
        other.kill()
    assert Path(folder).exists()
    assert sweep() == 1
    assert eventually(lambda: not birth(int(pid)))
    assert not Path(folder).exists()


def test_another_program_with_the_same_pid_is_left_alone(engine: ProcessEngine):
    left = engine.run.with_name("run-left")
    left.mkdir()
    (left / "owner").write_text(f"{owner_of(os.getpid())}0")
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as other:
        (left / "copy-1.pid").write_text(f"{owner_of(other.pid)}0")
        assert sweep() == 1
        assert other.poll() is None
        other.kill()
    assert not left.exists()


def test_a_taken_port_is_named_where_the_command_takes_no_other(workload: Workload, engine: ProcessEngine):
    with (
        socket.create_server(("127.0.0.1", workload.port)),
        pytest.raises(VerifyError, match=f"port {workload.port} of 127.0.0.1 is taken"),
    ):
        start(engine, workload)


def test_an_image_by_name_needs_containers(engine: ProcessEngine):
    with pytest.raises(EngineMissingError, match="container engine"):
        engine.prepare(changed("registry.example.com/web:1", 8000))
