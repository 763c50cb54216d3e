"""IMG107: the execution role has its policies before the service starts.

What breaks: CloudFormation makes a policy and a service side by side unless one depends on the other. The
first tasks are then denied what the policy would grant a moment later; with a circuit breaker, a few of
those end the deployment.

How it is seen: the service depends, directly or through others, on every policy that is attached to the
execution role. Where it does not, that is advice: it heals by itself, most of the time.

Fix: let the service's `DependsOn` name the policy, or write the policy into the role.

Sample:

    MorePolicy:
      Type: AWS::IAM::Policy
      Properties:
        PolicyName: more
        Roles: [!Ref ExecutionRole]
        PolicyDocument:
          Statement: [{Effect: Allow, Action: "ssm:GetParameters", Resource: "*"}]

Sources: https://github.com/pulumi/pulumi-awsx/issues/927,
https://github.com/telia-oss/terraform-aws-ecs-fargate/pull/58
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule
from cais.rules.services import runs
from cais.site.model.values import found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="IMG107", causes=("P14",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Follows what every service waits for."""
    for run in runs(site):
        role = found(site.identity.roles, run.task.execution_role)
        if role is None or run.service is None:
            continue
        service = run.service.subject
        late = [policy.logical_id for policy in role.attached if not site.depends(service, policy)]
        claim = Claim(
            subject=service,
            proven=f"{role.subject.logical_id} has its policies before {service.logical_id} starts tasks",
            refuted=f"{service.logical_id} may start tasks before {role.subject.logical_id} has its policies",
            fix=f"Add {', '.join(late)} to the DependsOn of {service.logical_id}.",
            service=run.name,
        )
        if late:
            yield RULE.advice(claim, *(f"{service.logical_id} does not wait for {policy}" for policy in late))
        else:
            yield RULE.proven(claim)
