"""HLT116: gunicorn's heartbeat does not wait for a disk.

What breaks: every gunicorn worker touches a file in /tmp. On a container's overlay disk that may block, the
arbiter then takes the worker for dead and kills it: `WORKER TIMEOUT` and lost requests, now and then.

How it is seen: gunicorn's command line has no `--worker-tmp-dir`. That is advice: the service comes up.

Fix: `--worker-tmp-dir /dev/shm`.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        ContainerDefinitions:
          - Name: web
            Image: nginx
            Command: [gunicorn, --bind, "0.0.0.0:8000", "app:app"]
            PortMappings: [{ContainerPort: 8000}]

Sources:
https://docs.gunicorn.org/en/stable/faq.html#how-do-i-avoid-gunicorn-excessively-blocking-in-os-fchmod,
https://github.com/benoitc/gunicorn/issues/2888
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.health.commands import gunicorns
from cais.rules.rule import Claim, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="HLT116", causes=("H24",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks for the option in every gunicorn's command line."""
    for exposure, started in gunicorns(site):
        claim = Claim(
            subject=exposure.task.subject,
            proven="gunicorn's heartbeat has a folder of its own",
            refuted="gunicorn's heartbeat is a file in /tmp, where a slow disk looks like a dead worker",
            fix="Add --worker-tmp-dir /dev/shm.",
            service=exposure.name,
            aspect=exposure.aspect,
        )
        starts = f"{exposure.container.name} starts: {started.text}"
        yield RULE.proven(claim, starts) if started.option("--worker-tmp-dir") else RULE.advice(claim, starts)
