"""HLT106: the health check goes to the port where the image listens.

What breaks: `HealthCheckPort` was fixed to a number, and the container listens on another. Requests would
reach the container, health checks never do.

How it is proven: the health check follows the traffic port, or goes to the port that the target group is
bound to. Another port is refuted where a contract says on which port the image serves its health path.

Fix: leave `HealthCheckPort` out, or set it to `traffic-port`.

Sample:

    Targets:
      Type: AWS::ElasticLoadBalancingV2::TargetGroup
      Properties:
        HealthCheckPort: "9999"

Sources: https://github.com/aws/copilot-cli/issues/3772,
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
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

RULE = Rule(id="HLT106", causes=("H8",))


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Compares the port of every health check with the one that requests go to."""
    for exposure in exposures(site, contract):
        yield _judge(exposure)


def _judge(exposure: Exposure) -> Finding:
    port, bound = exposure.group.health.port, exposure.binding.container_port
    claim = Claim(
        subject=exposure.group.subject,
        proven=f"The health check goes to {shown(port)}, where the container listens",
        refuted=f"The health check goes to port {shown(port)}, the image listens on {shown(bound)}",
        fix="Remove HealthCheckPort: the health check then follows the traffic port.",
        settle=f"Run the image and ask it on port {describe(port)}.",
        service=exposure.name,
        aspect=exposure.aspect,
    )
    if port == "traffic-port" or port == str(bound) == describe(bound):
        return RULE.proven(claim, f"{exposure.aspect} checks {port}, requests go to port {describe(bound)}")
    if is_leaf(port) or is_leaf(bound):
        return RULE.unproven(claim, describe(port) if is_leaf(port) else describe(bound))
    if exposure.contract is None:
        return RULE.unproven(claim, f"whether anything listens on port {port}")
    says = f"The contract serves {exposure.contract.health_path} on port {exposure.contract.port}"
    if port == str(exposure.contract.port):
        return RULE.proven(claim, says)
    return RULE.refuted(claim, f"{exposure.aspect} checks port {port}", says)
