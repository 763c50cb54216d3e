"""HLT113: the load balancer speaks the protocol of the container.

What breaks: a target group of protocol HTTPS, or of protocol version GRPC, in front of a container that
speaks plain HTTP: handshakes fail, or answers are 400, and no target becomes healthy.

How it is proven: the contract's images speak HTTP/1.1 on their port, so the target group and its health
check do, too. Without a contract HTTPS and gRPC stay unproven.

Fix: end TLS at the load balancer: protocol HTTPS on the listener, HTTP on the target group.

Sample:

    Targets:
      Type: AWS::ElasticLoadBalancingV2::TargetGroup
      Properties:
        Protocol: HTTPS

Sources: https://github.com/FINRAOS/aphelion/issues/19,
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html
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

RULE = Rule(id="HLT113", causes=("H21",))
PLAIN = {"HTTP", "TCP", "TCP_UDP"}


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Looks at protocol, protocol version and the protocol of health checks."""
    for exposure in exposures(site, contract):
        yield _judge(exposure)


def _judge(exposure: Exposure) -> Finding:
    group = exposure.group
    spoken = [group.protocol, group.health.protocol]
    if group.protocol_version not in {None, "HTTP1"}:
        spoken.append(group.protocol_version)
    odd = [each for each in spoken if each is not None and each not in PLAIN]
    words = " and ".join(dict.fromkeys(map(shown, odd)))
    claim = Claim(
        subject=group.subject,
        proven=f"{exposure.aspect} speaks {words or 'plain HTTP or TCP'} to the container, as it does",
        refuted=f"{exposure.aspect} speaks {words} to the container, which speaks plain HTTP/1.1",
        fix="Set Protocol and HealthCheckProtocol to HTTP, and leave ProtocolVersion out.",
        settle="Run the image and ask it in that protocol.",
        service=exposure.name,
        aspect=exposure.aspect,
    )
    if not odd:
        return RULE.proven(claim, f"{exposure.aspect} has protocol {describe(group.protocol)}")
    if is_leaf(odd[0]) or exposure.contract is None:
        return RULE.unproven(
            claim, describe(odd[0]) if is_leaf(odd[0]) else f"whether the image speaks {words}"
        )
    return RULE.refuted(claim, f"{exposure.aspect} speaks {words}", "The contract's image speaks HTTP/1.1")
