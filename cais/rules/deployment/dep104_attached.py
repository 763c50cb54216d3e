"""DEP104: a listener forwards to the target group.

What breaks: ECS refuses a service whose target group no load balancer uses ("The target group … does not
have an associated load balancer"). It happens when a listener was turned into a redirect, and nothing else
forwards there.

How it is proven: a listener, or a rule of one, forwards to the group. A listener in a template that is not
at hand could do so, too, but only after this stack is there: too late for the service. Where something in
the templates forwards to a place that is not known, the rule leaves it open.

Fix: let the listener that serves requests forward to the target group.

Sample:

    Listener:
      Type: AWS::ElasticLoadBalancingV2::Listener
      Properties:
        DefaultActions: [{Type: fixed-response, FixedResponseConfig: {StatusCode: "404"}}]

Sources: https://github.com/aws/aws-cdk/issues/34290
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule
from cais.rules.services import exposures
from cais.site.model.values import Attribute, describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Exposure
    from cais.site.model.site import Site

RULE = Rule(id="DEP104", causes=("H14",), speed="fast")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks for a way to the target group of every service."""
    for exposure in exposures(site):
        yield _judge(exposure, site)


def _judge(exposure: Exposure, site: Site) -> Finding:
    group, ways = exposure.group.subject, exposure.forwardings
    names = ", ".join(way.via.subject.logical_id for way in ways)
    claim = Claim(
        subject=group,
        proven=f"{names or 'A listener'} forwards to {group.logical_id}",
        refuted=f"No listener forwards to {group.logical_id}, so ECS refuses the service",
        fix=f"Let a listener or a rule forward to {group.logical_id}.",
        settle="Name the template that has the listener, too.",
        service=exposure.name,
        aspect=exposure.aspect,
    )
    if ways:
        return RULE.proven(claim, f"{names} forwards to {group.logical_id}")
    if missing := _unseen(exposure, site):
        return RULE.unproven(claim, missing)
    seen = [each.subject.logical_id for each in site.balancing.listeners.values()]
    return RULE.refuted(claim, f"The listeners are {', '.join(seen)}" if seen else "There is no listener")


def _unseen(exposure: Exposure, site: Site) -> str:
    """What might forward to the group without our knowing; empty where nothing can."""
    if site.gaps:
        return site.gaps[0]
    if exposure.group.subject.template != exposure.service.subject.template:
        return "a listener in a template that is not here"
    for way in (*site.balancing.listeners.values(), *site.balancing.rules.values()):
        for key in (key for action in way.actions for key in action.target_groups):
            if not isinstance(key, Attribute):
                return f"where {way.subject.logical_id} forwards to: {describe(key)}"
    return ""
