"""DEP105: a deployment has room to move.

What breaks: with 100 % healthy at least and 100 % at most, ECS may neither stop an old task nor start a new
one, and the next deployment hangs ("unable to stop or start tasks during a deployment because of the
service deployment configuration").

How it is proven: for the number of copies, the least is below it or the most above it. The least is rounded
up, the most is rounded down. Where rounding up alone leaves no room, as with one task and 50 %, it is advice:
the first deployment comes up, and more tasks have room.

Fix: 100 % at least and 200 % at most.

Sample:

    Service:
      Type: AWS::ECS::Service
      Properties:
        DeploymentConfiguration: {MinimumHealthyPercent: 100, MaximumPercent: 100}

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html,
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import copies, label
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.ecs import Service
    from cais.site.model.site import Site

RULE = Rule(id="DEP105", causes=("H17",))
ALL = 100
"""Percent."""


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Does the arithmetic of every service that ECS itself deploys."""
    for service in site.ecs.services.values():
        if service.controller == "ECS":
            yield _judge(service, site)


def _judge(service: Service, site: Site) -> Finding:
    least, most = service.minimum_healthy_percent, service.maximum_percent
    desired = copies(service, site)
    percents = f"{shown(least)} % at least and {shown(most)} % at most"
    claim = Claim(
        subject=service.subject,
        proven=f"A deployment has room: {percents}",
        refuted=f"A deployment of {shown(desired)} tasks may neither stop nor start one: {percents}",
        fix="Set MinimumHealthyPercent to 100 and MaximumPercent to 200.",
        settle="Give the parameters that set it: --parameter KEY=VALUE.",
        service=label(service.subject),
    )
    if isinstance(least, int) and isinstance(most, int):
        if isinstance(desired, int):
            return _with_copies(claim, desired, least, most)
        if stuck(1, least, most) == stuck(1000, least, most):
            return RULE.refuted(claim) if stuck(1, least, most) else RULE.proven(claim)
    return RULE.unproven(claim, ", ".join(describe(each) for each in (least, most, desired) if is_leaf(each)))


def _with_copies(claim: Claim, desired: int, least: int, most: int) -> Finding:
    if not stuck(desired, least, most):
        return RULE.proven(claim)
    return RULE.advice(claim) if least < ALL else RULE.refuted(claim)


def stuck(desired: int, least: int, most: int) -> bool:
    """Whether of `desired` tasks none may be stopped and none started, with these percentages."""
    return desired > 0 and -(-desired * least // 100) >= desired and desired * most // 100 <= desired
