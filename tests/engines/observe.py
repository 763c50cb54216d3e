"""`make observe`: the service under load, and a Prometheus with our rules, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from tests.engines import prometheus
from tests.engines.service import ROOT, Service, load


def main() -> str | None:
    """Returns what is wrong, None when it was ended."""
    if which("prometheus") is None:
        return f"Prometheus is missing; {prometheus.INSTALL}"
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack, suppress(KeyboardInterrupt):
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="cais-observe-")))
        service = Service(database_url=f"sqlite:///{folder}/comments.sqlite3", log=folder / "log")
        stack.callback(service.stop)
        service.start()
        stack.enter_context(load(service))
        rules = (ROOT / "observability" / "rules.yml").read_text()
        running = prometheus.running(rules=rules, job="comments", target=service.address)
        server = stack.enter_context(running)
        say(f"the service's metrics   http://{service.address}/metrics")
        say(f"Prometheus, its alerts  {server.url}/alerts")
        say("Grafana: add this Prometheus, import observability/dashboard.json; Ctrl-C ends it all")
        signal.pause()
    return None


def say(text: str) -> None:
    print(f"==> {text}", flush=True)  # noqa: T201 - a command tells what it does


if __name__ == "__main__":
    sys.exit(main())
