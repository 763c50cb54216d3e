"""DEP103: the listener is there before the service.

What breaks: ECS refuses a service whose target group no load balancer uses yet ("The target group … does
not have an associated load balancer"). CloudFormation makes what does not depend on each other side by
side, a load balancer takes minutes, and the service loses that race.

How it is proven: the service depends, directly or through others, on a listener or a rule that forwards to
its target group. A stack that is deployed later counts, too. Where the load balancer is there already, or
the service waits for it or for something else that takes minutes, the race is often won: then it is advice.

Fix: let the service's `DependsOn` name the listener or its rule.

Sample:

    Service:
      Type: AWS::ECS::Service
      DependsOn: []

Sources: https://github.com/aws/aws-cdk/issues/1160, https://github.com/eddmann/serverless-fargate/pull/23
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule
from cais.rules.services import exposures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding, Subject
    from cais.rules.services import Exposure
    from cais.site.model.balancing import Forwarding
    from cais.site.model.site import Site

RULE = Rule(id="DEP103", causes=("H13",), speed="fast")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks for a way to each target group that is there before the service."""
    for exposure in exposures(site):
        if exposure.forwardings:
            yield _judge(exposure, site)


def _judge(exposure: Exposure, site: Site) -> Finding:
    service = exposure.service.subject
    ways = [way.via.subject for way in exposure.forwardings]
    names = " or ".join(way.logical_id for way in ways)
    claim = Claim(
        subject=service,
        proven=f"{names} is there before {service.logical_id}",
        refuted=f"{service.logical_id} does not wait for {names}: ECS refuses its target group until then",
        fix=f"Add DependsOn: {ways[0].logical_id} to {service.logical_id}.",
        settle="Deploy the stack of the listener before the service's.",
        service=exposure.name,
        aspect=exposure.aspect,
    )
    for way in ways:
        if site.depends(service, way):
            return RULE.proven(claim, f"{service.logical_id} depends on {way.logical_id}")
    forwards = f"{names} forwards to {exposure.aspect}"
    if any(_made_before(way, service) for way in exposure.forwardings):
        return RULE.advice(claim, forwards, "Its load balancer is there already, so the race may be won")
    if long := site.order.waits_long(service):
        return RULE.advice(claim, forwards, f"It waits for {long} meanwhile, so the race may be won")
    if any(way.template == service.template or site.depends(way, service) for way in ways):
        return RULE.refuted(claim, forwards, f"{service.logical_id} depends on none of them")
    return RULE.unproven(claim, f"whether {ways[0].template} is deployed before {service.template}", forwards)


def _made_before(way: Forwarding, service: Subject) -> bool:
    """Whether the load balancer is of another stack, which the service's own waits for as a whole."""
    if way.load_balancer is None:
        return True
    return way.via.subject.template == service.template != way.load_balancer.subject.template
