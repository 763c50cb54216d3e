import json
from pathlib import Path

import pytest

from cais.cli import main
from cais.verify import doctor
from cais.verify.doctor import Finding, Tool, examine

ANSWERS = "#!/bin/sh\necho 'thing version 2.6.12-1, built 2026/10/17'\n"
FAILS = "#!/bin/sh\necho 'Cannot connect to the daemon, 1.2.3' >&2; exit 1\n"


def tool(name: str) -> Tool:
    return Tool(name=name, purpose="of use", ask=(name, "--version"), install={"any": f"get {name}"})


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, script in {"there": ANSWERS, "broken": FAILS}.items():
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    return tmp_path


def test_a_tool_is_there_when_it_answers(machine: Path):  # noqa: ARG001 - its programs are on PATH
    assert examine((tool("there"), tool("broken"), tool("absent"))) == [
        Finding(name="there", purpose="of use", present=True, version="2.6.12"),
        Finding(name="broken", purpose="of use", present=False, install="get broken"),
        Finding(name="absent", purpose="of use", present=False, install="get absent"),
    ]


@pytest.mark.parametrize(("names", "code"), [(("there",), 0), (("there", "absent"), 3)])
def test_the_exit_code_says_whether_all_is_there(
    machine: Path,  # noqa: ARG001 - likewise
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    names: tuple[str, ...],
    code: int,
):
    monkeypatch.setattr(doctor, "TOOLS", tuple(map(tool, names)))
    assert main(["doctor"]) == code
    text = capsys.readouterr().out
    assert "there   2.6.12" in text or "there  2.6.12" in text
    assert ("install: get absent" in text) is (code == 3)
    assert main(["doctor", "--format", "json"]) == code
    document = json.loads(capsys.readouterr().out)
    assert document["schemaVersion"] == "1.0"
    assert [engine["name"] for engine in document["engines"]] == list(names)


def test_every_missing_tool_has_a_line_that_gets_it():
    for each in doctor.TOOLS:
        assert doctor.install_line(each), each.name
