import os
from pathlib import Path

import pytest

from tests.engines import programs
from tests.engines.programs import Program, install

THING = Program(name="thing-that-is-not-there", package="thing", purpose="tests")
APT = """#!/bin/sh
echo "$@" >> "$LOG"
test -x "$POLICY" && echo policy >> "$LOG"
case "$*" in *install*) exit "$CODE";; esac
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    log, policy = tmp_path / "log", tmp_path / "policy-rc.d"
    (tmp_path / "apt-get").write_text(APT)
    (tmp_path / "apt-get").chmod(0o755)
    monkeypatch.setattr(programs, "POLICY", policy)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("LOG", str(log))
    monkeypatch.setenv("POLICY", str(policy))
    return log


def test_packages_are_installed_and_their_services_not_started(log: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CODE", "0")
    assert install([THING], say=lambda _: None)
    lines = ["-qq update", "policy", "-qq install --yes --no-install-recommends thing", "policy"]
    assert log.read_text().splitlines() == lines
    assert not programs.POLICY.exists()


def test_a_policy_of_the_machine_stays(log: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CODE", "0")
    programs.POLICY.write_text("#!/bin/sh\nexit 0\n")
    assert install([THING], say=lambda _: None)
    assert log.exists()
    assert programs.POLICY.read_text() == "#!/bin/sh\nexit 0\n"


def test_an_apt_that_fails_is_told_and_stops_nothing(log: Path, monkeypatch: pytest.MonkeyPatch):  # noqa: ARG001
    monkeypatch.setenv("CODE", "100")
    said: list[str] = []
    assert not install([THING], say=said.append)
    assert "ended with 100" in said[-1]
    assert not programs.POLICY.exists()
