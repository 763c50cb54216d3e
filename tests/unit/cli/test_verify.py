"""What `cais verify` makes of targets that run, fail, are absent or cannot be run here."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from cais.cli import main
from cais.cli import verify as module
from cais.verify.errors import EngineMissingError, UnreadableError, VerifyError
from cais.verify.report import TargetReport

if TYPE_CHECKING:
    from pathlib import Path

WELL = TargetReport(target="ecs", engine="docker", verdict="healthy")
ILL = TargetReport(target="ecs", engine="docker", verdict="unhealthy")
NO_CLUSTER = EngineMissingError("no cluster of Kubernetes answers")
QUEUE = '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}'
ABSENT = UnreadableError("no function gets requests")
BROKEN = VerifyError("haproxy does not answer")


@dataclass
class Fake:
    outcome: TargetReport | VerifyError

    def verify(self, *_: object, **__: object) -> TargetReport:
        if isinstance(self.outcome, VerifyError):
            raise self.outcome
        return self.outcome


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "cdk.out").mkdir()
    (tmp_path / "cdk.out" / "App.template.json").write_text(QUEUE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "tidy", nullcontext)
    return tmp_path


Outcomes = dict[str, TargetReport | VerifyError]


def verify(monkeypatch: pytest.MonkeyPatch, outcomes: Outcomes, *words: str) -> int:
    monkeypatch.setattr(module, "verifier", lambda target: Fake(outcomes.get(target, ABSENT)))
    return main(["verify", *words])


@pytest.mark.parametrize(
    ("words", "outcomes", "code"),
    [
        ((), {"ecs": WELL, "eks": NO_CLUSTER}, 0),
        (("ecs", "eks"), {"ecs": WELL, "eks": NO_CLUSTER}, 3),
        ((), {"ecs": ILL, "eks": NO_CLUSTER}, 1),
        (("ecs", "eks"), {"ecs": ILL, "eks": NO_CLUSTER}, 1),
        ((), {"eks": NO_CLUSTER}, 3),
        ((), {}, 2),
        (("ecs", "serverless"), {"ecs": WELL}, 2),
        ((), {"ecs": BROKEN}, 3),
        (("ecs",), {"ecs": BROKEN}, 3),
    ],
)
@pytest.mark.usefixtures("folder")
def test_the_exit_code_is_that_of_what_ran(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], outcomes: Outcomes, code: int
):
    assert verify(monkeypatch, outcomes, *words) == code


@pytest.mark.usefixtures("folder")
def test_what_nobody_named_and_nothing_here_runs_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    verify(monkeypatch, {"ecs": WELL, "eks": NO_CLUSTER}, "--format=json")
    told = capsys.readouterr()
    assert [report["target"] for report in json.loads(told.out)["targets"]] == ["ecs"]
    assert "left out: eks: no cluster of Kubernetes answers" in told.err
    assert "left out: serverless: no function gets requests" in told.err


@pytest.mark.usefixtures("folder")
def test_what_is_named_and_not_run_is_unknown_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    verify(monkeypatch, {"eks": NO_CLUSTER}, "eks", "--format=json")
    (report,) = json.loads(capsys.readouterr().out)["targets"]
    assert (report["verdict"], report["notVerified"]) == ("unknown", ["no cluster of Kubernetes answers"])


def test_the_result_goes_to_a_file_and_the_table_to_stdout(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert verify(monkeypatch, {"ecs": WELL}, "ecs", "--format=json", "-o", ".cais/measured.json") == 0
    assert json.loads((folder / ".cais" / "measured.json").read_text())["summary"]["healthy"] == 1
    assert "verdict" in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_a_file_that_cannot_be_written_is_told_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert verify(monkeypatch, {"ecs": ILL}, "ecs", "-o", "nowhere/measured.json") == 2
    assert "-o nowhere/measured.json cannot be written" in capsys.readouterr().err
