"""DEP101: a starting task has time to start.

What breaks: ECS kills a task that its load balancer calls unhealthy, also one that is still starting. With
no grace period, a start that is slower than the health check's patience is killed every time, a minute or
so after it began.

How it is proven: the grace period, together with interval times unhealthy threshold, covers the contract's
seconds to start. Where it does not, the service cycles. No grace period at all is advice: the start may be
quick enough.

Fix: set `HealthCheckGracePeriodSeconds` above the time that the image takes to start on its share of a CPU.

Sample:

    Service:
      Type: AWS::ECS::Service
      Properties:
        HealthCheckGracePeriodSeconds: 0

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html,
https://github.com/hackoregon/civic-devops/issues/263
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import exposures
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Exposure
    from cais.site.model.site import Site

RULE = Rule(id="DEP101", causes=("H9",))


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Compares the patience of every service behind a load balancer with the time to start."""
    for exposure in exposures(site, contract):
        yield _judge(exposure)


def _judge(exposure: Exposure) -> Finding:
    health, contract = exposure.group.health, exposure.contract
    grace = 0 if exposure.service.grace_period is None else exposure.service.grace_period
    needed = contract.startup_seconds if contract else None
    claim = Claim(
        subject=exposure.service.subject,
        proven=f"A starting task has a grace period of {shown(grace)} s",
        refuted=f"A starting task has a grace period of {shown(grace)} s: ECS may kill it before it is ready",
        fix=f"Set HealthCheckGracePeriodSeconds to {max(60, 2 * needed if needed else 0)}.",
        settle="Give the parameters that set it: --parameter KEY=VALUE.",
        service=exposure.name,
        aspect=exposure.aspect,
    )
    interval, threshold = health.interval, health.unhealthy_threshold
    if not (isinstance(grace, int) and isinstance(interval, int) and isinstance(threshold, int)):
        open_values = [each for each in (grace, interval, threshold) if is_leaf(each)]
        return RULE.unproven(claim, ", ".join(map(describe, open_values)))
    waits = f"ECS waits {grace} s, then {exposure.aspect} asks every {interval} s, {threshold} times"
    if needed is not None and grace + interval * threshold < needed:
        return RULE.refuted(claim, waits, f"The contract's image takes {needed} s to start")
    return RULE.proven(claim, waits) if grace else RULE.advice(claim, waits)
