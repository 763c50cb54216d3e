"""HLT102: the health check takes the code that the image answers.

What breaks: a matcher such as "301-302" was once written for a redirect to a login page. The health route
answers 200, which the matcher refuses, and a healthy task is killed for it.

How it is proven: the contract's health route answers 200, so 200 is in the matcher.

Fix: let `Matcher.HttpCode` contain 200, or leave the matcher out: 200 is its default on an Application Load
Balancer.

Sample:

    Targets:
      Type: AWS::ElasticLoadBalancingV2::TargetGroup
      Properties:
        Matcher: {HttpCode: "301-302"}

Sources: https://github.com/awslabs/fargatecli/issues/32,
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html
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

RULE = Rule(id="HLT102", causes=("H2",))
OK = 200


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Looks for 200 in every matcher."""
    for exposure in exposures(site, contract):
        if exposure.group.health.codes is not None:
            yield _judge(exposure)


def _judge(exposure: Exposure) -> Finding:
    codes = exposure.group.health.codes
    claim = Claim(
        subject=exposure.group.subject,
        proven=f"The health check takes {shown(codes)}, which a good answer has",
        refuted=f"The health check takes {shown(codes)}, a good answer has 200",
        fix='Set Matcher.HttpCode to "200".',
        settle="Ask the image for its health path, and compare the code.",
        service=exposure.name,
        aspect=exposure.aspect,
    )
    if is_leaf(codes):
        return RULE.unproven(claim, describe(codes))
    if takes(str(codes), OK):
        return RULE.proven(claim, f"{exposure.aspect} takes {codes}")
    if exposure.contract is None:
        return RULE.unproven(claim, "the code that the image answers")
    return RULE.refuted(claim, f"{exposure.aspect} takes {codes}", "The contract's health path answers 200")


def takes(codes: str, code: int) -> bool:
    """Whether a matcher such as "200,301-302" takes the code."""
    for part in codes.split(","):
        first, _, last = part.strip().partition("-")
        if first.isdigit() and int(first) <= code <= int(last if last.isdigit() else first):
            return True
    return False
