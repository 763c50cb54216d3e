"""IMG105: the execution role may pull the image.

What breaks: without `ecr:GetAuthorizationToken`, or with it on one repository instead of `*`, no task gets
past "unable to pull secrets or registry auth". Without `ecr:BatchGetImage` and `ecr:GetDownloadUrlForLayer`
on the repository, it gets to "not authorized to perform: ecr:BatchGetImage".

How it is proven: the role's policies are evaluated as IAM does, with Deny, wildcards, NotAction and
boundaries, for each action on the image's repository. A condition leaves it open.

Fix: attach AWS's AmazonECSTaskExecutionRolePolicy, or grant the three actions.

Sample:

    ExecutionRole:
      Type: AWS::IAM::Role
      Properties:
        Policies: []

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html,
https://github.com/aws/amazon-ecs-agent/blob/master/agent/api/errormessages/error_messages.go
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cais.rules.image.permissions import ANYWHERE, allowed, repository_arns
from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import runs
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Run
    from cais.site.model.ecs import Container
    from cais.site.model.site import Site

RULE = Rule(id="IMG105", causes=("P11", "P12"))
TOKEN = ("ecr:GetAuthorizationToken",)
PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every image from ECR."""
    for run in runs(site):
        for container in run.task.containers:
            if container.image.registry == "ecr" and run.task.execution_role is not None:
                yield _judge(run, container, site)


def _judge(run: Run, container: Container, site: Site) -> Finding:
    proof, cause = allowed(run, site, TOKEN, ANYWHERE), "P11"
    if proof.holds:
        token = proof.steps
        proof, cause = allowed(run, site, PULL, repository_arns(container.image, site)), "P12"
        proof = replace(proof, steps=(*token, *proof.steps))
    claim = Claim(
        subject=run.task.subject,
        proven=f"The execution role may pull the image of {shown(container.name)}",
        refuted=f"The execution role may not pull the image of {shown(container.name)}",
        fix="Attach AWS's AmazonECSTaskExecutionRolePolicy to the execution role.",
        settle="aws iam simulate-principal-policy --policy-source-arn ROLE --action-names "
        + " ".join((*TOKEN, *PULL)),
        service=run.name,
        aspect=describe(container.name),
        causes=RULE.causes if proof.holds else (cause,),
    )
    return RULE.judged(claim, proof)
