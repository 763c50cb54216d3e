"""IMG116: the execution role may write the log.

What breaks: a container with the log driver awslogs does not start until it has a log stream. Without
`logs:CreateLogStream`, or `logs:CreateLogGroup` where the task is to make the group, it never does.

How it is proven: the execution role's policies are evaluated as IAM does, for the group that the container
names.

Fix: attach AWS's AmazonECSTaskExecutionRolePolicy; it does not contain `logs:CreateLogGroup`.

Sample:

    ExecutionRole:
      Type: AWS::IAM::Role
      Properties:
        ManagedPolicyArns: ["arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"]
        Policies: []

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html,
https://github.com/prakhar1989/docker-curriculum/issues/260
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.image.permissions import allowed, log_group_arns
from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import runs
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Run
    from cais.site.model.ecs import Container, LogConfiguration
    from cais.site.model.site import Site

RULE = Rule(id="IMG116", causes=("P26", "P27"))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for the group of every container that logs to CloudWatch."""
    for run in runs(site):
        for container in run.task.containers if run.task.execution_role is not None else ():
            if container.log and container.log.driver == "awslogs" and container.log.log_group is not None:
                yield _judge(run, container, container.log, site)


def _judge(run: Run, container: Container, log: LogConfiguration, site: Site) -> Finding:
    makes_group = log.options.get("awslogs-create-group") == "true"
    actions = ["logs:CreateLogGroup"] * makes_group + ["logs:CreateLogStream", "logs:PutLogEvents"]
    group = "" if log.log_group is None else log.log_group
    claim = Claim(
        subject=run.task.subject,
        proven=f"The execution role may write the log of {shown(container.name)}",
        refuted=f"The execution role may not write the log of {shown(container.name)}",
        fix=f"Grant {', '.join(actions)} on {describe(group)} to the execution role.",
        settle="aws iam simulate-principal-policy --policy-source-arn ROLE --action-names "
        + " ".join(actions),
        service=run.name,
        aspect=describe(container.name),
        causes=("P26", "P27") if makes_group else ("P27",),
    )
    return RULE.judged(claim, allowed(run, site, actions, log_group_arns(group, site)))
