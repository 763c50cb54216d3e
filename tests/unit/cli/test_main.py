"""The command line as a whole: help, version, errors, exit codes."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pytest

from cais.cli import CANNOT_TELL, COMMANDS, main
from cais.template.yaml_reader import parse_yaml
from tests.unit.rules.harness import HERE

TEMPLATE = HERE / "base.yaml"


def run(words: Sequence[str], **variables: str) -> subprocess.CompletedProcess[str]:
    """`cais` as a process of its own."""
    environment = {**os.environ, **variables}
    command = [sys.executable, "-m", "cais.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def exit_code(words: Sequence[str]) -> int | str | None:
    """The code with which argparse ends the process."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    return ended.value.code


def test_version(capsys: pytest.CaptureFixture[str]):
    assert exit_code(["--version"]) == 0
    assert capsys.readouterr().out == f"cais {version('cais')}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]):
    assert exit_code(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_says_what_each_option_is_for(name: str, capsys: pytest.CaptureFixture[str]):
    assert exit_code([name, "--help"]) == 0
    assert f"{COMMANDS[name][1:]}." in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("words", ["", "preflights", "preflight --format xml", "preflight --x"])
def test_bad_usage_is_2_and_says_what_is_right(words: str, capsys: pytest.CaptureFixture[str]):
    assert exit_code(words.split()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "usage: cais" in said.err


def test_a_failure_of_ours_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the sky fell")

    monkeypatch.delenv("CAIS_DEBUG", raising=False)
    monkeypatch.setattr("cais.cli.preflight.preflight", fail)
    assert main(["preflight", str(TEMPLATE)]) == CANNOT_TELL
    said = capsys.readouterr()
    assert said.err.startswith("cais failed, which it should not: RuntimeError: the sky fell\nCAIS_DEBUG=1")
    assert "Traceback" not in said.err


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the sky fell")

    monkeypatch.setenv("CAIS_DEBUG", "1")
    monkeypatch.setattr("cais.cli.preflight.preflight", fail)
    with pytest.raises(RuntimeError, match="the sky fell"):
        main(["preflight", str(TEMPLATE)])


def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path: Path):
    command = f"{sys.executable} -m cais.cli preflight --all {TEMPLATE} 2>{tmp_path}/err | head -n 1"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert len(ended.stdout.splitlines()) == 1
    assert (tmp_path / "err").read_text() == ""


def test_the_module_runs_as_a_program():
    ended = run(["preflight", str(TEMPLATE)], NO_COLOR="1")
    assert ended.returncode == 0
    assert ended.stderr == ""
    assert ended.stdout.startswith("base.yaml Service\n")


SLOW_TO_LOAD = {"dataclasses", "subprocess", "tomllib", "yaml"}
"""What a command that runs at every save does without; benchmarks/preflight has its times."""


def test_a_template_is_proven_without_what_is_slow_to_load(tmp_path: Path):
    template = tmp_path / "web.json"
    template.write_text(json.dumps(parse_yaml(TEMPLATE.read_text())[0]))
    program = f"import sys; from cais.cli import main; main(['preflight', {str(template)!r}])"
    command = [sys.executable, "-c", f"{program}; print(*sys.modules, file=sys.stderr)"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "proven" in ended.stdout
    assert not SLOW_TO_LOAD & set(ended.stderr.split())
