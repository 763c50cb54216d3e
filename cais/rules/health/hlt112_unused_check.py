"""HLT112: the image's own health check is in the task definition.

What breaks: ECS does not look at the HEALTHCHECK of a Dockerfile. A service without a load balancer that
relies on it has no health check at all: a process that hangs stays.

How it is seen: the Dockerfile that CDK builds has a HEALTHCHECK, the essential container has none, and no
target group asks it. That is advice: the service comes up.

Fix: write the command into the container's `HealthCheck`.

Sample:

    # FROM python:3.13-slim
    # HEALTHCHECK CMD ["python", "-m", "check"]
    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        ContainerDefinitions:
          - Name: worker
            Image: !Sub "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/assets:0123abcd"

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.health.images import stage
from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import runs
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="HLT112", causes=("H16",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks for a HEALTHCHECK in the Dockerfile of every container that nothing else checks."""
    for run in runs(site):
        asked = {binding.container_name for binding in run.service.targets} if run.service else set()
        for container in run.task.containers:
            built = stage(container)
            idle = container.essential is not True or container.name in asked
            if built is None or not built.checks_health or idle:
                continue
            claim = Claim(
                subject=run.task.subject,
                proven=f"The task definition checks the health of {shown(container.name)}",
                refuted=f"ECS passes over the HEALTHCHECK in the Dockerfile of {shown(container.name)}",
                fix="Write its command into the container's HealthCheck.",
                service=run.name,
                aspect=describe(container.name),
            )
            yield RULE.proven(claim) if container.health else RULE.advice(claim)
