"""HLT115: the server keeps connections longer than the load balancer.

What breaks: an Application Load Balancer reuses idle connections for 60 s, gunicorn's threaded and
asynchronous workers close them after 2 s. A request that is sent into a connection just closed is answered
with 502, now and then.

How it is seen: gunicorn's `--keep-alive` is not above the load balancer's idle timeout. That is advice: the
service comes up.

Fix: `--keep-alive 75`, or anything above `idle_timeout.timeout_seconds`.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        ContainerDefinitions:
          - Name: web
            Image: nginx
            Command: [gunicorn, --bind, "0.0.0.0:8000", --threads, "8", "app:app"]
            PortMappings: [{ContainerPort: 8000}]

Sources:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html,
https://github.com/alphagov/notifications-admin/pull/4826
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
    from cais.rules.services import Exposure
    from cais.site.model.site import Site

RULE = Rule(id="HLT115", causes=("H23",))
IDLE_SECONDS = 60
KEPT_SECONDS = 2


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Compares gunicorn's keep-alive with the idle timeout in front of it."""
    for exposure, started in gunicorns(site):
        idle = _idle(exposure)
        if idle and _reuses(started):
            kept = started.option("--keep-alive") or str(KEPT_SECONDS)
            claim = Claim(
                subject=exposure.task.subject,
                proven=f"gunicorn keeps idle connections for {kept} s, the load balancer for {idle} s",
                refuted=f"gunicorn closes idle connections after {kept} s, the load balancer after {idle} s",
                fix=f"Add --keep-alive {idle + 15}.",
                service=exposure.name,
                aspect=exposure.aspect,
            )
            starts = f"{exposure.container.name} starts: {started.text}"
            longer = kept.isdigit() and int(kept) > idle
            yield RULE.proven(claim, starts) if longer else RULE.advice(claim, starts)


def _reuses(started: Server) -> bool:
    """Synchronous workers close every connection, which a load balancer knows to handle."""
    threads = started.option("--threads") not in {None, "1"}
    return threads or started.option("-k", "--worker-class") not in {None, "sync"}


def _idle(exposure: Exposure) -> int | None:
    """The idle timeout of the Application Load Balancer in front, in seconds."""
    for way in exposure.forwardings:
        if way.load_balancer and way.load_balancer.kind == "application":
            given = way.load_balancer.attributes.get("idle_timeout.timeout_seconds", str(IDLE_SECONDS))
            return int(given) if isinstance(given, str) and given.isdigit() else None
    return None
