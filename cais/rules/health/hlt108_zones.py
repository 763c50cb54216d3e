"""HLT108: the load balancer is in the zones of the tasks.

What breaks: a load balancer sends nothing to a zone in which it has no subnet. A target there is `unused`
and never becomes healthy ("Availability Zone is not enabled for the load balancer").

How it is proven: the zones of the service's subnets are among those of the load balancer's. With no zone in
common the service is refuted; where only some are missing, it is advice.

Fix: give the load balancer a subnet in every zone that the service uses.

Sample:

    Balancer:
      Type: AWS::ElasticLoadBalancingV2::LoadBalancer
      Properties:
        Type: network
        Subnets: [!Ref PublicA]
    Service:
      Type: AWS::ECS::Service
      Properties:
        NetworkConfiguration:
          AwsvpcConfiguration:
            SecurityGroups: [!Ref TaskGroup]
            Subnets: [!Ref PrivateB]

Sources: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import exposures
from cais.site.matching import Match, best, equals
from cais.site.model.values import Pseudo, Unknown, describe, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Exposure
    from cais.site.model.balancing import LoadBalancer
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeText

RULE = Rule(id="HLT108", causes=("H11",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Compares the zones of every service with those of its load balancers."""
    for exposure in exposures(site):
        balancers = {
            way.load_balancer.key: way.load_balancer for way in exposure.forwardings if way.load_balancer
        }
        for balancer in balancers.values():
            if exposure.service.subnets:
                yield _judge(exposure, balancer, site)


def _judge(exposure: Exposure, balancer: LoadBalancer, site: Site) -> Finding:
    tasks = _zones(exposure.service.subnets, site)
    enabled = _zones(balancer.subnets, site)
    missing = [describe(zone) for zone in tasks if _is_in(zone, enabled) is Match.NO]
    claim = Claim(
        subject=exposure.service.subject,
        proven=f"{balancer.subject.logical_id} is in every zone of the tasks",
        refuted=f"{balancer.subject.logical_id} is not in {', '.join(missing)}, where tasks run",
        fix="Give the load balancer a subnet in each zone of the service.",
        settle="Name the templates of the subnets, too, or give their zones as parameters.",
        service=exposure.name,
        aspect=f"{exposure.aspect} {balancer.subject.logical_id}",
    )
    evidence = (
        f"{balancer.subject.logical_id} is in {', '.join(map(shown, enabled))}",
        f"{exposure.service.subject.logical_id} runs tasks in {', '.join(map(shown, tasks))}",
    )
    if set(exposure.service.subnets) <= set(balancer.subnets):
        return RULE.proven(claim, "It is in every subnet of the tasks")
    if unknown := [zone.reason for zone in (*tasks, *enabled) if isinstance(zone, Unknown)]:
        return RULE.unproven(claim, ", ".join(dict.fromkeys(unknown)), *evidence)
    if doubtful := [shown(zone) for zone in tasks if _is_in(zone, enabled) is Match.PERHAPS]:
        return RULE.unproven(claim, f"which zone {doubtful[0]} is", *evidence)
    if not missing:
        return RULE.proven(claim, *evidence)
    return RULE.refuted(claim, *evidence) if len(missing) == len(tasks) else RULE.advice(claim, *evidence)


def _is_in(zone: MaybeText, zones: tuple[MaybeText, ...]) -> Match:
    """Whether a zone is one of several; two numbers of GetAZs are two zones."""
    return best(
        Match(2 * (zone == other))
        if isinstance(zone, Pseudo) and isinstance(other, Pseudo)
        else equals(other, zone)
        for other in zones
    )


def _zones(subnets: tuple[Key, ...], site: Site) -> tuple[MaybeText, ...]:
    known = [(key, found(site.network.subnets, key)) for key in subnets]
    zones = [subnet.zone if subnet else Unknown(f"the zone of {describe(key)}") for key, subnet in known]
    return tuple(dict.fromkeys(zones))
