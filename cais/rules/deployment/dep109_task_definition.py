"""DEP109: the task definition is at hand.

What breaks: nothing by itself. But what a service runs, with which roles, secrets and ports, is all in its
task definition: where that is not among the templates, no other rule can say anything about it.

How it is proven: the service's `TaskDefinition` is a resource of the templates.

Fix: name the template that has it, too.

Sample:

    Service:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definitions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import describe, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="DEP109", causes=("H29",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks up the task definition of every service that ECS itself deploys."""
    for service in site.ecs.services.values():
        if service.controller != "ECS":
            continue
        claim = Claim(
            subject=service.subject,
            proven="What the service runs is in these templates",
            refuted="",
            fix="",
            settle="Name the template that has the task definition, too.",
            service=label(service.subject),
        )
        if task := found(site.ecs.task_definitions, service.task_definition):
            yield RULE.proven(claim, f"{service.subject.logical_id} runs {task.subject.logical_id}")
        else:
            missing = (
                "none is given" if service.task_definition is None else describe(service.task_definition)
            )
            yield RULE.unproven(claim, f"the task definition: {missing}")
