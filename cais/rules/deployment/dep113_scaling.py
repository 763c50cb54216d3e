"""DEP113: what scales the service has bounds that fit.

What breaks: Application Auto Scaling refuses a least count above the highest. A highest count of 0 stops the
service as soon as it is registered: the load balancer has no target left.

How it is proven: the bounds of the scalable target of each service, against each other and against 0. A
service that is made without tasks is meant to have none: then a highest count of 0 is advice.

Fix: a `MinCapacity` of at least 1, and a `MaxCapacity` that is no less.

Sample:

    Target:
      Type: AWS::ApplicationAutoScaling::ScalableTarget
      Properties:
        ServiceNamespace: ecs
        ScalableDimension: ecs:service:DesiredCount
        ResourceId: !Sub "service/${Cluster}/${Service.Name}"
        MinCapacity: 4
        MaxCapacity: 2

Sources: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import label
from cais.site.model.values import describe, found, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.ecs import Service
    from cais.site.model.scaling import ScalableTarget
    from cais.site.model.site import Site

RULE = Rule(id="DEP113", causes=("H33",), speed="fast")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks at what scales the services of the site."""
    for target in site.scaling.scalable_targets.values():
        if service := found(site.ecs.services, target.service):
            yield _judge(target, service)


def _judge(target: ScalableTarget, service: Service) -> Finding:
    least, most = target.minimum, target.maximum
    name = service.subject.logical_id
    claim = Claim(
        subject=target.subject,
        proven=f"{name} has {shown(least)} to {shown(most)} tasks",
        refuted=f"{name} may have no task at all: its highest count is 0"
        if most == 0
        else f"{name} may not have {shown(least)} to {shown(most)} tasks",
        fix="Set MinCapacity to 1 or more, and MaxCapacity no lower.",
        settle="Give the parameters that set them: --parameter KEY=VALUE.",
        service=label(service.subject),
        aspect=target.subject.logical_id,
    )
    if not isinstance(least, int) or not isinstance(most, int):
        return RULE.unproven(claim, ", ".join(describe(each) for each in (least, most) if is_leaf(each)))
    if most == least == service.desired == 0:
        return RULE.advice(claim, f"{name} is made without tasks, too")
    return RULE.refuted(claim) if least > most or most == 0 else RULE.proven(claim)
