"""IMG115: the log group exists.

What breaks: a container with the log driver awslogs does not start without its log group ("failed to
validate logger args", "The specified log group does not exist").

How it is proven: the templates make the group, or `awslogs-create-group` lets the task make it. A group
that is named by a literal, and that nothing here makes, is refuted.

Fix: add an `AWS::Logs::LogGroup`, and refer to it.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        ContainerDefinitions:
          - Name: web
            Image: nginx
            PortMappings: [{ContainerPort: 8000}]
            LogConfiguration:
              LogDriver: awslogs
              Options: {awslogs-group: /nowhere, awslogs-region: eu-west-1, awslogs-stream-prefix: web}

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html,
https://github.com/cn-terraform/terraform-aws-ecs-fargate-task-definition/issues/1
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule
from cais.rules.services import runs
from cais.site.model.values import describe, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Run
    from cais.site.model.ecs import Container, LogConfiguration
    from cais.site.model.site import Site

RULE = Rule(id="IMG115", causes=("P25",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks up the group of every container that logs to CloudWatch."""
    for run in runs(site):
        for container in run.task.containers:
            if container.log and container.log.driver == "awslogs":
                yield _judge(run, container, container.log, site)


def _judge(run: Run, container: Container, log: LogConfiguration, site: Site) -> Finding:
    name = "none" if log.log_group is None else describe(log.log_group)
    claim = Claim(
        subject=run.task.subject,
        proven=f"The log group of {describe(container.name)} exists: {name}",
        refuted=f"Nothing makes the log group of {describe(container.name)}: {name}",
        fix="Add an AWS::Logs::LogGroup, and refer to it in awslogs-group.",
        settle=f"aws logs describe-log-groups --log-group-name-prefix {name}",
        service=run.name,
        aspect=describe(container.name),
    )
    group = found(site.data.log_groups, log.log_group)
    if group:
        return RULE.proven(claim, f"{group.subject.logical_id} is in {group.subject.template}")
    if log.options.get("awslogs-create-group") == "true":
        return RULE.proven(claim, "awslogs-create-group lets the task make it")
    if isinstance(log.log_group, str) and not site.gaps:
        return RULE.refuted(claim, f"{describe(container.name)} logs to {name}", "No template here makes it")
    return RULE.unproven(claim, name)
