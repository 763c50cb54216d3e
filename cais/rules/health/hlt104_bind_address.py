"""HLT104: the server listens where others can reach it.

What breaks: gunicorn, uvicorn and `flask run` listen on 127.0.0.1 unless told otherwise. Inside the
container all is well; the load balancer's connections are refused, and health checks fail.

How it is proven: from the server's command line in the task definition. Where the image's own command
starts the server, the templates do not tell, and HLT105 asks.

Fix: bind 0.0.0.0.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        ContainerDefinitions:
          - Name: web
            Image: nginx
            Command: [gunicorn, --bind, "127.0.0.1:8000", "app:app"]
            PortMappings: [{ContainerPort: 8000}]

Sources: https://docs.gunicorn.org/en/stable/settings.html#bind
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.health.commands import server
from cais.rules.rule import Claim, Rule
from cais.rules.services import exposures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="HLT104", causes=("H6",))
LOOPBACK = ("127.", "localhost", "::1", "unix:")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Reads the command line of every server behind a target group."""
    for exposure in exposures(site):
        started = server(exposure.container)
        address = started.listens() if started else None
        if started is None or address is None:
            continue
        claim = Claim(
            subject=exposure.task.subject,
            proven=f"{started.program} listens on {address[0]}, where others reach it",
            refuted=f"{started.program} listens on {address[0]}, which only its own container reaches",
            fix=f"Bind 0.0.0.0:{exposure.binding.container_port}.",
            service=exposure.name,
            aspect=exposure.aspect,
        )
        starts = f"{exposure.container.name} starts: {started.text}"
        inside = address[0].startswith(LOOPBACK)
        yield RULE.refuted(claim, starts) if inside else RULE.proven(claim, starts)
