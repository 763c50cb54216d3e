"""IMG113: the execution role may fetch the secrets.

What breaks: ECS fetches a container's secrets before the start, with the execution role. A grant on the
task role, which the container has later, does not help: "unable to retrieve secrets from asm:
AccessDeniedException".

How it is proven: the execution role's policies are evaluated as IAM does, for each secret and parameter.

Fix: grant `secretsmanager:GetSecretValue`, or `ssm:GetParameters`, on the secret to the execution role.

Sample:

    ExecutionRole:
      Type: AWS::IAM::Role
      Properties:
        ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"]
        Policies: []

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html,
https://github.com/aws-samples/aws-fargate-pipeline-lambda-autoscaling/issues/3
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.image.permissions import allowed, manager, secret_arns
from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import runs
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Run
    from cais.site.model.ecs import ContainerSecret
    from cais.site.model.site import Site

RULE = Rule(id="IMG113", causes=("P21",))
ACTIONS = {"secretsmanager": "secretsmanager:GetSecretValue", "ssm": "ssm:GetParameters"}


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every secret of every container."""
    for run in runs(site):
        for container in run.task.containers if run.task.execution_role is not None else ():
            for secret in container.secrets:
                yield _judge(run, f"{describe(container.name)} {describe(secret.name)}", secret, site)


def _judge(run: Run, aspect: str, secret: ContainerSecret, site: Site) -> Finding:
    keeper = manager(secret, site)
    action = ACTIONS[keeper] if keeper else " or ".join(ACTIONS.values())
    claim = Claim(
        subject=run.task.subject,
        proven=f"The execution role may fetch {shown(secret.source)} for {aspect}",
        refuted=f"The execution role may not fetch {shown(secret.source)} for {aspect}",
        fix=f"Grant {action} on {describe(secret.source)} to the execution role.",
        settle=f"aws iam simulate-principal-policy --policy-source-arn ROLE --action-names {action}",
        service=run.name,
        aspect=aspect,
    )
    if keeper is None:
        return RULE.unproven(claim, describe(secret.service))
    return RULE.judged(claim, allowed(run, site, [action], secret_arns(secret, site)))
