"""HLT105: the image listens on the port that requests go to.

What breaks: the process listens on 5000, the port mapping says 8000. The task runs, its log looks fine, and
every health check is refused.

How it is proven: from the server's command line where the task definition has one, else from the contract's
port. Without either nobody can tell from templates alone, and the rule says so.

Fix: use one port in the command, the port mapping and the target group.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        ContainerDefinitions:
          - Name: web
            Image: nginx
            Command: [gunicorn, --bind, "0.0.0.0:5000", "app:app"]
            PortMappings: [{ContainerPort: 8000}]

Sources: https://github.com/aws/copilot-cli/issues/3772
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.health.commands import server
from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import exposures
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Exposure
    from cais.site.model.site import Site

RULE = Rule(id="HLT105", causes=("H7",))


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Compares the port of every binding with where the server listens."""
    for exposure in exposures(site, contract):
        yield _judge(exposure)


def _judge(exposure: Exposure) -> Finding:
    bound = exposure.binding.container_port
    listens = _listens(exposure)
    claim = Claim(
        subject=exposure.task.subject,
        proven=f"{shown(exposure.container.name)} listens on port {shown(bound)}, where requests go",
        refuted=f"The image does not listen on port {shown(bound)}, where requests go",
        fix="Use one port in the command, the port mapping and the target group.",
        settle="Run the image and ask it on that port, or name its port: --contract FILE.",
        service=exposure.name,
        aspect=exposure.aspect,
    )
    if is_leaf(bound):
        return RULE.unproven(claim, describe(bound))
    if listens is None:
        return RULE.unproven(claim, "the port on which the image listens")
    port, source = listens
    return RULE.proven(claim, source) if port == bound else RULE.refuted(claim, source)


def _listens(exposure: Exposure) -> tuple[int, str] | None:
    """The port, and how we know it."""
    started = server(exposure.container)
    if started:
        address = started.listens()
        return (address[1], f"{exposure.container.name} starts: {started.text}") if address else None
    if exposure.contract and exposure.container.command is None and exposure.container.entry_point is None:
        return exposure.contract.port, f"The contract's port is {exposure.contract.port}"
    return None
