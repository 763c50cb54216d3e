import json
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

SERVER = """\
import http.server, os, sys
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(os.environ["WHERE"].encode())
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answers).serve_forever()
"""
HASH = "f" * 64
REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/assets"
CHECK = {"HealthCheckPath": "/", "HealthCheckIntervalSeconds": 1, "HealthCheckTimeoutSeconds": 1}


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def project(tmp_path: Path, port: int) -> Path:
    """A folder with a cdk.out whose one service is a few lines of Python."""
    out = tmp_path / "cdk.out"
    context = out / f"asset.{HASH}"
    context.mkdir(parents=True)
    (context / "server.py").write_text(SERVER)
    (context / "requirements.txt").write_text("")
    (context / "Dockerfile").write_text(f'FROM x\nCOPY . /app\nCMD ["python", "/app/server.py", "{port}"]\n')
    container = {"Name": "web", "Image": f"{REPOSITORY}:{HASH}"}
    binding = {"ContainerName": "web", "ContainerPort": port, "TargetGroupArn": {"Ref": "Targets"}}
    made = {
        "Targets": ("AWS::ElasticLoadBalancingV2::TargetGroup", CHECK),
        "Task": ("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [container]}),
        "Service": ("AWS::ECS::Service", {"TaskDefinition": {"Ref": "Task"}, "LoadBalancers": [binding]}),
    }
    resources = {name: {"Type": kind, "Properties": values} for name, (kind, values) in made.items()}
    (out / "App.template.json").write_text(json.dumps({"Resources": resources}))
    destination = {"repositoryName": "assets", "imageTag": HASH}
    image = {"source": {"directory": f"asset.{HASH}"}, "destinations": {"here": destination}}
    (out / "App.assets.json").write_text(json.dumps({"dockerImages": {HASH: image}}))
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "App.template.json"}}
    assets = {"type": "cdk:asset-manifest", "properties": {"file": "App.assets.json"}}
    (out / "manifest.json").write_text(json.dumps({"artifacts": {"App": stack, "App.assets": assets}}))
    return tmp_path


def cais_up(project: Path, *options: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "cais.cli",
        "up",
        "--engine",
        "process",
        "--env",
        "WHERE={data}",
        *options,
    ]
    return subprocess.Popen(
        command,
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_the_url_is_all_of_stdout_and_ctrl_c_leaves_nothing_running(project: Path, port: int):
    with cais_up(project) as running:
        assert running.stdout is not None
        address = running.stdout.readline().strip()
        with urllib.request.urlopen(address) as response:
            assert response.read().decode() == f"{project}/.cais/data-process"
        running.send_signal(signal.SIGINT)
        rest, told = running.communicate()
    assert running.returncode == 0
    assert rest == ""
    assert "not shown here: the image itself" in told
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_once_is_once(project: Path):
    with cais_up(project, "--once", "--smoke-test", "echo seen") as running:
        out, told = running.communicate()
    assert running.returncode == 0
    assert out.startswith("http://127.0.0.1:")
    assert f"seen {out.strip()}" in told


def test_a_service_that_ends_is_a_failure_with_its_last_words(project: Path):
    (project / "cdk.out" / f"asset.{HASH}" / "server.py").write_text("raise SystemExit('out of paper')")
    with cais_up(project) as running:
        out, told = running.communicate()
    assert running.returncode == 1
    assert out == ""
    assert "out of paper" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["up", "--assembly", "nowhere"], 2, "cdk synth"),
        (["up", "nowhere"], 2, "there are ecs, eks, serverless"),
        (["up", "--env", "x"], 2, "--env takes NAME=VALUE"),
        (["up", "--engine", "steam"], 2, "invalid choice"),
        (["fly"], 2, "invalid choice"),
        ([], 2, "required"),
    ],
)
def test_bad_usage_is_told_in_a_line(project: Path, words: list[str], code: int, problem: str):
    command = [sys.executable, "-m", "cais.cli", *words]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert problem in done.stderr
    assert done.stdout == ""
