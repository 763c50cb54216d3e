"""`make up`, the first of the README's two commands: from templates to a URL, also after it was killed."""

import os
import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engines.waiting import eventually

ROOT = Path(__file__).parents[2]
PAGE = ROOT / ".cais" / "compare.html"
MEASURED = re.compile(r"^from a copy's start to its first request +\d+ s measured", re.MULTILINE)

pytestmark = [pytest.mark.cdk, pytest.mark.timeout(600)]


@contextmanager
def make_up(log: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command as a user has it: without the container engine that other tests may have started."""
    environment = {
        name: value for name, value in os.environ.items() if name not in {"DOCKER_HOST", "MAKEFLAGS"}
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "up", *words],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def ours() -> set[str]:
    """The commands of copies of the service that run under this checkout."""
    listed = subprocess.run(["ps", "-eww", "-o", "args"], check=True, capture_output=True, text=True).stdout
    return {line for line in listed.splitlines() if "gunicorn" in line and f"{ROOT}/.cais" in line}


def test_it_proves_verifies_compares_and_serves_also_after_it_was_killed(tmp_path: Path):
    PAGE.unlink(missing_ok=True)
    killed = tmp_path / "killed.log"
    with make_up(killed):
        assert eventually(lambda: "putting load on it" in killed.read_text()), killed.read_text()

    log = tmp_path / "up.log"
    with make_up(log) as process:
        assert eventually(lambda: "Ctrl-C stops it" in log.read_text(), patience=300), log.read_text()
        said = log.read_text()
        url = next(line for line in said.splitlines() if line.startswith("http://127.0.0.1:"))
        with urllib.request.urlopen(f"{url}/healthz") as answer:
            assert answer.status == 200
        assert bool(ours()) == ("on the process engine" in said)
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
    for name in ("EcsStack", "EksStack", "LambdaStack"):
        assert re.search(rf"^proven +{name}/.*: 0 refuted", said, re.MULTILINE)
    assert MEASURED.search(said)
    assert said.index("USD a month") < said.index(f"the comparison as a page: {PAGE}")
    assert "<title>" in PAGE.read_text()
    assert not ours()
