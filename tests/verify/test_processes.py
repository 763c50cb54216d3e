"""`cais verify ecs` where there are no containers: processes, behind HAProxy or without it."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from cais.cli import main
from cais.verify import ecs, serving
from cais.verify.owner import owner
from tests.verify.assemblies import Made, write

# Takes its address as gunicorn does.
SERVER = """\
#!/usr/bin/env python
import http.server, os, signal, sys
class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *_): pass
host, _, port = os.environ["GUNICORN_CMD_ARGS"].rpartition(" ")[2].rpartition(":")
http.server.ThreadingHTTPServer.daemon_threads = True
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("listening on", host, flush=True)
http.server.ThreadingHTTPServer((host, int(port)), Answers).serve_forever()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    context = tmp_path / "context"
    context.mkdir()
    (context / "gunicorn").write_text(SERVER)
    (context / "gunicorn").chmod(0o755)
    (context / "requirements.txt").write_text("")
    (context / "Dockerfile").write_text(
        'FROM x\nCOPY . /app\nCMD ["/app/gunicorn", "--bind", "0.0.0.0:8000"]\n'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def verify(project: Path, made: Made, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    (project / "cdk.out").mkdir()
    write(project / "cdk.out", project / "context", made)
    code = main(["verify", "ecs", "--engine", "process", "--format", "json"])
    (report,) = json.loads(capsys.readouterr().out)["targets"]
    notes = Path(tempfile.gettempdir(), f"cais-{os.getuid()}").glob("*/owner")
    assert owner() not in {note.read_text() for note in notes}
    return code, report


def test_copies_are_replaced_behind_haproxy_and_the_report_says_what_it_does_not_show(
    haproxy: None,  # noqa: ARG001 - it balances
    project: Path,
    capsys: pytest.CaptureFixture[str],
):
    code, report = verify(project, Made(), capsys)
    assert (code, report["verdict"], report["engine"], report["image"]) == (0, "healthy", "process", "")
    assert report["rollout"]["failed"] == 0
    assert report["rollout"]["requests"] > 0
    assert {change["copy"] for change in report["states"]} == {"old-1", "old-2", "new-1", "new-2"}
    assert any("the image itself" in line for line in report["notVerified"])


def test_without_haproxy_our_own_checks_tell_the_health(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(serving, "installed", lambda: False)
    monkeypatch.setattr(ecs, "installed", lambda: False)
    code, report = verify(project, Made(), capsys)
    assert (code, report["verdict"], report["rollout"]) == (0, "healthy", None)
    assert any("HAProxy is missing" in line for line in report["notVerified"])


def test_a_wrong_path_is_told_by_its_cause(
    haproxy: None,  # noqa: ARG001 - likewise
    project: Path,
    capsys: pytest.CaptureFixture[str],
):
    code, report = verify(project, Made(targets={"HealthCheckPath": "/"}), capsys)
    assert (code, report["verdict"]) == (1, "unhealthy")
    assert [finding["cause"] for finding in report["findings"]] == ["H1"]
    assert report["findings"][0]["logLines"] == ["listening on 127.0.0.1"]


def test_a_target_that_the_assembly_lacks_is_bad_usage_where_it_is_named(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    (project / "cdk.out").mkdir()
    (project / "cdk.out" / "App.template.json").write_text(
        json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    )
    assert main(["verify", "ecs", "--engine", "process"]) == 2
    assert main(["verify", "ecs", "--engine", "process", "--secrets", "nowhere"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "no ECS service with a load balancer" in told.err
    assert "--secrets nowhere cannot be read" in told.err


def test_an_image_by_name_leaves_a_machine_without_containers_unable_to_tell(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    code, report = verify(project, Made(container={"Image": "registry.example.com/web:1"}), capsys)
    assert (code, report["verdict"]) == (3, "unknown")
    assert "container engine" in report["notVerified"][0]


def test_secrets_come_from_a_file(project: Path, capsys: pytest.CaptureFixture[str]):
    secrets = project / "secrets.env"
    secrets.write_text("# what Secrets Manager would inject\nPASSWORD=a=b\n\n")
    wanted = [{"Name": name, "ValueFrom": "arn:x"} for name in ("PASSWORD", "OTHER")]
    (project / "cdk.out").mkdir()
    write(project / "cdk.out", project / "context", Made(container={"Secrets": wanted}))
    tells = "#!/usr/bin/env python\nimport os\nraise SystemExit(os.environ['PASSWORD'])\n"
    (project / "context" / "gunicorn").write_text(tells)
    assert main(["verify", "ecs", "--engine=process", f"--secrets={secrets}", "--format=json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)["targets"]
    assert "a=b" in report["findings"][0]["logLines"]
    assert any("the values of OTHER:" in line for line in report["notVerified"])


def test_up_without_haproxy_is_the_url_of_a_healthy_copy(
    project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(serving, "installed", lambda: False)
    monkeypatch.setattr(ecs, "installed", lambda: False)
    (project / "cdk.out").mkdir()
    write(project / "cdk.out", project / "context", Made())
    asks = "python3 -c \"import sys, urllib.request as u; u.urlopen(sys.argv[1] + '/healthz')\""
    assert main(["up", "--engine=process", "--once", f"--smoke-test={asks}"]) == 0
    told = capfd.readouterr()
    assert told.out.startswith("http://127.0.0.1:")
    assert "HAProxy is missing" in told.err
    assert main(["up", "--engine=process", "--once", "--smoke-test=false"]) == 1
    told = capfd.readouterr()
    assert told.out == ""
    assert "the smoke test `false` ended with 1" in told.err
