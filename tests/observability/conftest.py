"""The service under load, on a PostgreSQL of its own, with a Prometheus that has our rules."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from service import migrate
from service.settings import Settings
from tests.engines import postgres, prometheus
from tests.engines.service import ROOT, Service, load

if TYPE_CHECKING:
    from tests.engines.postgres import Postgres
    from tests.engines.prometheus import Prometheus


@dataclass(frozen=True)
class Observed:
    """What is observed, and who observes it."""

    service: Service
    store: Postgres
    prometheus: Prometheus


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory):
    prometheus.installed("prometheus")
    with ExitStack() as stack:
        store = stack.enter_context(postgres.running())
        migrate.run(Settings(database_url=store.url))
        service = Service(database_url=store.url, log=tmp_path_factory.mktemp("service") / "log")
        stack.callback(service.stop)
        service.start()
        stack.enter_context(load(service))
        server = prometheus.running(rules=hurried_rules(), job="comments", target=service.address)
        yield Observed(service=service, store=store, prometheus=stack.enter_context(server))


def hurried_rules() -> str:
    """Our rules, with seconds for their minutes: the scrapes are as much closer together."""
    text = (ROOT / "observability" / "rules.yml").read_text()
    return re.sub(r"\[\d+m\]", "[10s]", re.sub(r"for: \d+m", "for: 2s", text))
