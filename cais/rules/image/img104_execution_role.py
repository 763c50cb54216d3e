"""IMG104: the task has an execution role where it needs one.

What breaks: Fargate takes images from a private ECR repository, sends logs to CloudWatch and fetches
secrets with the task execution role. Without one, ECS refuses the task definition ("Fargate requires task
definition to have execution role ARN to support …").

How it is proven: the task definition names an execution role, or nothing in it needs one. On EC2 the
instance's role stands in for images and logs, never for secrets.

Fix: give `ExecutionRoleArn` a role that trusts ecs-tasks.amazonaws.com, with AWS's policy
AmazonECSTaskExecutionRolePolicy.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        ExecutionRoleArn: !Ref AWS::NoValue

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule
from cais.rules.services import on_fargate, runs
from cais.site.model.values import Unknown, describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Run
    from cais.site.model.ecs import Container
    from cais.site.model.site import Site
    from cais.site.model.values import Leaf

RULE = Rule(id="IMG104", causes=("P10",), speed="fast")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks at every task definition for what needs the role."""
    for run in runs(site):
        yield _judge(run)


def _judge(run: Run) -> Finding:
    needs = [need for container in run.task.containers for need in _needs(container, fargate=on_fargate(run))]
    claim = Claim(
        subject=run.task.subject,
        proven="The task has the execution role that it needs",
        refuted=f"The task has no execution role: {needs[0] if needs else 'nothing needs one'}",
        fix="Set ExecutionRoleArn to a role that trusts ecs-tasks.amazonaws.com.",
        service=run.name,
    )
    if run.task.execution_role is not None:
        return RULE.proven(claim, f"Its execution role is {describe(run.task.execution_role)}")
    if needs:
        return RULE.refuted(claim, *needs)
    if unknown := [describe(each) for container in run.task.containers for each in _open(container)]:
        return RULE.unproven(claim, unknown[0])
    return RULE.proven(claim, "Nothing in it needs one")


def _needs(container: Container, *, fargate: bool) -> Iterator[str]:
    name = describe(container.name)
    if any(isinstance(secret.name, str) for secret in container.secrets):
        yield f"the secrets of {name} need one"
    if container.registry_credentials and not isinstance(container.registry_credentials, Unknown):
        yield f"the registry credentials of {name} need one"
    if fargate and container.image.registry == "ecr":
        yield f"the image of {name}, from a private repository of ECR, needs one"
    if fargate and container.log and container.log.driver == "awslogs":
        yield f"the log driver of {name}, awslogs, needs one"


def _open(container: Container) -> Iterator[Leaf]:
    """What would decide whether a container needs the role."""
    driver = container.log.driver if container.log else None
    given = (container.registry_credentials, driver, *(secret.name for secret in container.secrets))
    yield from (each for each in given if is_leaf(each))
