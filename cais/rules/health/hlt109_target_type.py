"""HLT109: the target group registers what the tasks have.

What breaks: a task with a network interface of its own (awsvpc, so every Fargate task) is registered by IP
address. The default of a target group in CloudFormation is `instance`, and CreateService refuses that pair.

How it is proven: `ip` for tasks in network mode awsvpc, `instance` for bridge and host.

Fix: set `TargetType` to match the network mode. It cannot be changed in place: the target group is
replaced.

Sample:

    Targets:
      Type: AWS::ElasticLoadBalancingV2::TargetGroup
      Properties:
        TargetType: instance

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb.html
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

RULE = Rule(id="HLT109", causes=("H12",), speed="fast")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Compares the type of every target group with the network mode of its tasks."""
    for exposure in exposures(site):
        yield _judge(exposure)


def _judge(exposure: Exposure) -> Finding:
    mode, registered = exposure.task.network_mode, exposure.group.target_type
    needed = "ip" if mode == "awsvpc" else "instance"
    claim = Claim(
        subject=exposure.group.subject,
        proven=f"The target type {shown(registered)} is the one of tasks in {shown(mode)}",
        refuted=f"The target type is {shown(registered)}, tasks in {shown(mode)} need {needed}",
        fix=f"Set TargetType to {needed}.",
        settle="Give the parameters that decide it: --parameter KEY=VALUE.",
        service=exposure.name,
        aspect=exposure.aspect,
    )
    evidence = (
        f"{exposure.task.subject.logical_id} has network mode {shown(mode)}",
        f"{exposure.aspect} has target type {shown(registered)}",
    )
    if is_leaf(mode) or is_leaf(registered):
        return RULE.unproven(claim, describe(mode if is_leaf(mode) else registered), *evidence)
    return RULE.proven(claim, *evidence) if registered == needed else RULE.refuted(claim, *evidence)
