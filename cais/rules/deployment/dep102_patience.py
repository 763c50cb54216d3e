"""DEP102: the health check forgives a hiccup.

What breaks: a threshold of 2 at an interval of 5 s ends a task after 10 s without an answer: one long
garbage collection, one slow disk, and a healthy task is replaced.

How it is seen: interval times unhealthy threshold is below 15 s. That is advice: the service comes up.

Fix: an unhealthy threshold of 3 or more at a short interval.

Sample:

    Targets:
      Type: AWS::ElasticLoadBalancingV2::TargetGroup
      Properties:
        HealthCheckIntervalSeconds: 5
        HealthCheckTimeoutSeconds: 2
        UnhealthyThresholdCount: 2

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule
from cais.rules.services import exposures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="DEP102", causes=("H10",))
LEAST_SECONDS = 15


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Multiplies interval and threshold of every health check."""
    for exposure in exposures(site):
        health = exposure.group.health
        if not (isinstance(health.interval, int) and isinstance(health.unhealthy_threshold, int)):
            continue
        patience = health.interval * health.unhealthy_threshold
        claim = Claim(
            subject=exposure.group.subject,
            proven=f"A task may be silent for {patience} s before it is replaced",
            refuted=f"A task is replaced after {patience} s without an answer",
            fix="Set UnhealthyThresholdCount to 3 or more.",
            service=exposure.name,
            aspect=exposure.aspect,
        )
        counts = f"{exposure.aspect} asks every {health.interval} s, {health.unhealthy_threshold} times"
        yield RULE.proven(claim, counts) if patience >= LEAST_SECONDS else RULE.advice(claim, counts)
