"""IMG115: the log group exists.

What breaks: a container with the log driver awslogs does not start without its log group ("failed to
validate logger args", "The specified log group does not exist").

How it is proven: the templates make the group, or `awslogs-create-group` lets the task make it. A group
that nothing here makes may be there already, so it is left open.

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

from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import runs
from cais.site.model.values import describe, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Run
    from cais.site.model.data import LogGroup
    from cais.site.model.ecs import Container, LogConfiguration
    from cais.site.model.site import Site
    from cais.site.model.values import Key

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
        proven=f"The log group of {shown(container.name)} exists: {name}",
        refuted="",
        fix="",
        settle=f"aws logs describe-log-groups --log-group-name-prefix {shown(log.log_group or '')}",
        service=run.name,
        aspect=describe(container.name),
    )
    group = found(site.data.log_groups, log.log_group) or _by_name(site, log.log_group)
    if group:
        return RULE.proven(claim, f"{group.subject.logical_id} is in {group.subject.template}")
    if log.options.get("awslogs-create-group") == "true":
        return RULE.proven(claim, "awslogs-create-group lets the task make it")
    return RULE.unproven(claim, f"{name}: no template here makes it, and it may be there already")


def _by_name(site: Site, name: Key | None) -> LogGroup | None:
    """The group of this name; a literal may name one that the templates make."""
    return next((group for group in site.data.log_groups.values() if group.name and group.name == name), None)
