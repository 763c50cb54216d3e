"""HLT114: one slow request does not block the health check.

What breaks: gunicorn starts one synchronous worker unless told otherwise. It answers one request at a time,
so a slow one, or a connection that the load balancer opened ahead of time, makes the health check time out,
and the task is killed.

How it is seen: in gunicorn's command line: neither threads, nor an asynchronous worker, nor a second
worker. That is advice: the service comes up.

Fix: `--threads 8`, which makes the worker a gthread one.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        ContainerDefinitions:
          - Name: web
            Image: nginx
            Command: [gunicorn, --bind, "0.0.0.0:8000", "app:app"]
            PortMappings: [{ContainerPort: 8000}]

Sources: https://github.com/benoitc/gunicorn/issues/1194, https://github.com/benoitc/gunicorn/issues/1296
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.health.commands import gunicorns
from cais.rules.rule import Claim, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.health.commands import Server
    from cais.site.model.site import Site

RULE = Rule(id="HLT114", causes=("H22",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Counts what gunicorn can do at a time."""
    for exposure, started in gunicorns(site):
        claim = Claim(
            subject=exposure.task.subject,
            proven="gunicorn answers more than one request at a time",
            refuted="gunicorn has one synchronous worker: a slow request makes the health check time out",
            fix="Add --threads 8.",
            service=exposure.name,
            aspect=exposure.aspect,
        )
        starts = f"{exposure.container.name} starts: {started.text}"
        yield RULE.proven(claim, starts) if _concurrent(started) else RULE.advice(claim, starts)


def _concurrent(started: Server) -> bool:
    asynchronous = started.option("-k", "--worker-class") not in {None, "sync"}
    workers = started.option("-w", "--workers") or started.environment.get("WEB_CONCURRENCY", "1")
    return asynchronous or started.option("--threads") not in {None, "1"} or workers != "1"
