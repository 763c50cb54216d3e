"""A Prometheus of the tests' own, on 127.0.0.1, and promtool, which comes with it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import yaml

from tests.engines.missing import missing
from tests.engines.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTALL = "on Debian or Ubuntu: apt-get install prometheus"


@dataclass(frozen=True)
class Prometheus:
    """A server that scrapes and evaluates every second."""

    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples of an instant query."""
        return self._get("query", query=expression)["result"]

    def firing(self) -> set[str]:
        """The names of the alerts that fire."""
        alerts = self._get("alerts")["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready") as response:
                return response.status == 200
        except (urllib.error.URLError, ConnectionError):
            return False

    def _get(self, what: str, **parameters: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/api/v1/{what}?{urlencode(parameters)}") as response:
            return json.load(response)["data"]


@contextmanager
def running(*, rules: str, job: str, target: str) -> Iterator[Prometheus]:
    """A Prometheus with `rules`, the text of a rule file, that scrapes the address `target` as `job`."""
    program = installed("prometheus")
    address = f"127.0.0.1:{free_port()}"
    with TemporaryDirectory(prefix="cais-prometheus-") as name:
        folder = Path(name)
        (folder / "rules.yml").write_text(rules)
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yml"],
            "scrape_configs": [{"job_name": job, "static_configs": [{"targets": [target]}]}],
        }
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        options = (f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data")
        command = [program, *options, f"--web.listen-address={address}", "--log.level=error"]
        with process(command, log=folder / "log"):
            server = Prometheus(f"http://{address}")
            assert eventually(server.answers), (folder / "log").read_text()
            yield server


@contextmanager
def process(
    command: list[str], *, log: Path, env: dict[str, str] | None = None, cwd: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block, its output in the file `log`."""
    with log.open("ab") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output, env=env, cwd=cwd)
    try:
        yield child
    finally:
        child.terminate()
        child.wait()


def installed(program: str) -> str:
    """The path of prometheus or promtool."""
    found = shutil.which(program)
    if found is None:
        missing(program, INSTALL)
    return found


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
