"""IMG106: ECS may assume the task's roles.

What breaks: a role that trusts ec2, ecs or an OIDC provider instead of ecs-tasks.amazonaws.com. ECS answers
"was unable to assume the role … that was provided for this task", and the service stays at zero. OpenID
Connect has no part in this: it lets GitHub's jobs and pods on EKS assume roles, not tasks.

How it is proven: the trust policy is evaluated as IAM does. A condition on what ECS does not tell of
itself leaves it open.

Fix: trust `Service: ecs-tasks.amazonaws.com` with `sts:AssumeRole`.

Sample:

    ExecutionRole:
      Type: AWS::IAM::Role
      Properties:
        AssumeRolePolicyDocument:
          Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html,
https://github.com/aws-samples/aws-modern-application-workshop/issues/232
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule
from cais.rules.services import runs
from cais.site.model.values import describe, found
from cais.site.trust import service_may_assume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Run
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="IMG106", causes=("P13", "P29"))
TASKS = "ecs-tasks.amazonaws.com"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks the trust policy of every role of a task."""
    for run in runs(site):
        given = {"execution role": run.task.execution_role, "task role": run.task.task_role}
        for kind, key in given.items():
            if key is not None:
                yield _judge(run, kind, key, site)


def _judge(run: Run, kind: str, key: Key, site: Site) -> Finding:
    role = found(site.identity.roles, key)
    claim = Claim(
        subject=run.task.subject,
        proven=f"ECS may assume the {kind}",
        refuted=f"ECS may not assume the {kind}: its policy does not let {TASKS} in",
        fix=f"Let the role trust the service {TASKS} with sts:AssumeRole.",
        settle=f"aws iam get-role --role-name {describe(key).rpartition('/')[2]}",
        service=run.name,
        aspect=kind,
    )
    if role is None:
        return RULE.unproven(claim, f"whom the role {describe(key)} trusts")
    return RULE.judged(claim, service_may_assume(role, TASKS))
