"""DEP106: a deployment that fails comes to an end.

What breaks: without a circuit breaker, ECS starts task after task for as long as CloudFormation waits,
three hours by default, whatever is wrong with them.

How it is seen: neither a deployment circuit breaker nor deployment alarms. That is advice: a sound
deployment needs none.

Fix: `DeploymentCircuitBreaker: {Enable: true, Rollback: true}`.

Sample:

    Service:
      Type: AWS::ECS::Service
      Properties:
        DeploymentConfiguration: {MinimumHealthyPercent: 100, MaximumPercent: 200}

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html,
https://github.com/aws/aws-cdk/issues/1498
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="DEP106", causes=("H18",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks for what ends a failing deployment of every service that ECS itself deploys."""
    for service in site.ecs.services.values():
        if service.controller != "ECS":
            continue
        claim = Claim(
            subject=service.subject,
            proven="A failing deployment stops by itself",
            refuted="A failing deployment goes on for hours: there is no circuit breaker",
            fix="Set DeploymentCircuitBreaker to {Enable: true, Rollback: true}.",
            settle="Give the parameter that sets it: --parameter KEY=VALUE.",
            service=label(service.subject),
        )
        if service.breaker.enabled is True or service.has_alarms:
            yield RULE.proven(claim)
        elif is_leaf(service.breaker.enabled):
            yield RULE.unproven(claim, describe(service.breaker.enabled))
        else:
            yield RULE.advice(claim)
