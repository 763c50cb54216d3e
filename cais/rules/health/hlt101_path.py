"""HLT101: the health check asks for a path that the image answers.

What breaks: a target group, CDK and the load balancer controller all probe `/` unless told otherwise. An
image without that route answers 404, the target is unhealthy, ECS kills the task and starts the next one,
for ever.

How it is proven: the path is the health or the readiness path of the contract. Without a contract nobody
can tell, and the rule says so.

Fix: point `HealthCheckPath` to a cheap route that needs no login.

Sample:

    Targets:
      Type: AWS::ElasticLoadBalancingV2::TargetGroup
      Properties:
        HealthCheckPath: /

Sources:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html,
https://github.com/aws/aws-cdk/issues/6498
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import exposures, label
from cais.site.model.values import describe, found, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Exposure
    from cais.site.model.site import Site

RULE = Rule(id="HLT101", causes=("H1", "H32"))
SETTLE = "Run the image and ask it, or name the paths that it answers: --contract FILE."


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Compares the path of every target group with the contract's."""
    for exposure in exposures(site, contract):
        if exposure.group.health.path is not None:
            yield _judge(exposure)
    yield from _groups_elsewhere(site)


def _judge(exposure: Exposure) -> Finding:
    path, contract = exposure.group.health.path, exposure.contract
    claim = Claim(
        subject=exposure.group.subject,
        proven=f"The health check asks for {shown(path)}, which {exposure.binding.container_name} answers",
        refuted=f"The health check asks for {shown(path)}, which the image does not answer",
        fix=f'Set HealthCheckPath to "{contract.health_path}".' if contract else "",
        settle=SETTLE,
        service=exposure.name,
        aspect=exposure.aspect,
    )
    if is_leaf(path):
        return RULE.unproven(claim, describe(path))
    if contract is None:
        return RULE.unproven(claim, "what the image answers there")
    answered = (contract.health_path, contract.ready_path)
    says = f"The contract of {contract.name} answers health checks at {' and '.join(answered)}"
    if str(path).partition("?")[0] in answered:
        return RULE.proven(claim, says)
    return RULE.refuted(claim, f"{exposure.aspect} asks for {path}", says)


def _groups_elsewhere(site: Site) -> Iterator[Finding]:
    for service in site.ecs.services.values():
        for binding in service.targets:
            if binding.target_group and not found(site.balancing.target_groups, binding.target_group):
                claim = Claim(
                    subject=service.subject,
                    proven="The service's health check will pass",
                    refuted="",
                    fix="",
                    settle="Name the template of the target group, too.",
                    service=label(service.subject),
                    aspect=describe(binding.target_group),
                )
                yield RULE.unproven(claim, f"the target group {describe(binding.target_group)}")
