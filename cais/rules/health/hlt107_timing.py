"""HLT107: the health check's timing is one that AWS takes.

What breaks: a timeout that is not below the interval, or a number out of range, is refused by Elastic Load
Balancing, and the stack rolls back.

How it is proven: interval 5-300 s, timeout 2-120 s and below the interval, thresholds 2-10. The rule looks
at target groups of Application Load Balancers; Network Load Balancers take a timeout that equals the
interval.

Fix: leave a few seconds between the timeout and the interval.

Sample:

    Targets:
      Type: AWS::ElasticLoadBalancingV2::TargetGroup
      Properties:
        HealthCheckIntervalSeconds: 5
        HealthCheckTimeoutSeconds: 5

Sources: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule
from cais.rules.services import exposures
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Exposure
    from cais.site.model.site import Site

RULE = Rule(id="HLT107", causes=("H10",), speed="fast")
RANGES = {
    "interval": (5, 300),
    "timeout": (2, 120),
    "healthy_threshold": (2, 10),
    "unhealthy_threshold": (2, 10),
}


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Does the arithmetic for every Application Load Balancer."""
    for exposure in exposures(site):
        if exposure.group.protocol in {"HTTP", "HTTPS"}:
            yield _judge(exposure)


def _judge(exposure: Exposure) -> Finding:
    health = exposure.group.health
    wrong = _wrong({name: getattr(health, name) for name in RANGES})
    claim = Claim(
        subject=exposure.group.subject,
        proven="AWS takes the timing of the health check",
        refuted=f"AWS refuses the health check: {', '.join(wrong)}",
        fix="Keep the timeout below the interval, and each number in its range.",
        settle="Give the parameters that set it: --parameter KEY=VALUE.",
        service=exposure.name,
        aspect=exposure.aspect,
    )
    if wrong:
        return RULE.refuted(claim, f"{exposure.aspect}: {wrong[0]}")
    if unknown := [describe(value) for name in RANGES if is_leaf(value := getattr(health, name))]:
        return RULE.unproven(claim, ", ".join(unknown))
    return RULE.proven(claim, f"{exposure.aspect} waits {health.timeout} s, every {health.interval} s")


def _wrong(timing: dict[str, object]) -> list[str]:
    known = {name: value for name, value in timing.items() if isinstance(value, int)}
    wrong = [
        f"its {name.replace('_', ' ')} is {value}, not {RANGES[name][0]}-{RANGES[name][1]}"
        for name, value in known.items()
        if not RANGES[name][0] <= value <= RANGES[name][1]
    ]
    if "timeout" in known and "interval" in known and known["timeout"] >= known["interval"]:
        wrong.append(
            f"its timeout of {known['timeout']} s is not below its interval of {known['interval']} s"
        )
    return wrong
