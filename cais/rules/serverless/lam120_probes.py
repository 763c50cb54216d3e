"""LAM120: health checks of a function are wanted.

What breaks: nothing. A load balancer asks no function for its health unless told to, and sends requests to a
dead one as well. When told to, each check of each of its nodes is a call, which is paid for and keeps a
connection to the database awake.

How it is seen: the health check of a target group with a function is on. That is advice.

Fix: leave `HealthCheckEnabled` out, unless failing over to another target group hangs on it.

Sample:

    Targets:
      Type: AWS::ElasticLoadBalancingV2::TargetGroup
      Properties:
        TargetType: lambda
        HealthCheckEnabled: true
        Targets: [{Id: !GetAtt Function.Arn}]

Sources: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.functions import callers, name_of
from cais.rules.rule import Claim, Rule, shown
from cais.site.model.balancing import TargetGroup
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site

RULE = Rule(id="LAM120", causes=("L13",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks at every target group of a function."""
    for function in site.serverless.functions.values():
        for group in callers(function, site):
            if isinstance(group, TargetGroup):
                yield _judge(function, group)


def _judge(function: Function, group: TargetGroup) -> Finding:
    name, health = group.subject.logical_id, group.health
    claim = Claim(
        subject=group.subject,
        proven=f"{name} does not call the function to ask for its health",
        refuted=f"{name} calls the function every {shown(health.interval)} s to ask for its health",
        fix="Leave HealthCheckEnabled out, unless you need it.",
        settle="Give the parameters that set it: --parameter KEY=VALUE.",
        service=name_of(function),
        aspect=name,
    )
    if not isinstance(health.enabled, bool):
        return RULE.unproven(claim, describe(health.enabled))
    return RULE.advice(claim) if health.enabled else RULE.proven(claim)
