"""HLT111: the container's own health check has its program.

What breaks: `CMD-SHELL curl -f …` in a slim image: there is no curl in it. The check fails for ever, ECS
calls the container unhealthy, stops the task and starts the next one ("failed container health checks").

How it is proven: for curl and wget, from the Dockerfile that CDK builds, or from the variant of an official
base image. Of any other image nobody can tell from templates, and the rule says how to look.

Fix: ask with what the image has, such as Python's urllib, or install the program.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        ContainerDefinitions:
          - Name: web
            Image: python:3.13-slim
            HealthCheck: {Command: [CMD-SHELL, "curl -f http://localhost:8000/healthz || exit 1"]}
            PortMappings: [{ContainerPort: 8000}]

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html,
https://github.com/navapbc/template-infra/pull/212
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.rules.health.images import has_program
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

RULE = Rule(id="HLT111", causes=("H15",))
PROGRAM = re.compile(r"(?:^|[\s;&|(/])(curl|wget)\b")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks for curl and wget in the health check of every essential container."""
    for run in runs(site):
        for container in run.task.containers:
            words = " ".join(map(describe, container.health.command)) if container.health else ""
            if (used := PROGRAM.search(words)) and container.essential is True:
                yield _judge(run, container, used[1])


def _judge(run: Run, container: Container, program: str) -> Finding:
    has, source = has_program(container, program)
    claim = Claim(
        subject=run.task.subject,
        proven=f"The health check of {shown(container.name)} has its program, {program}",
        refuted=f"The health check of {shown(container.name)} calls {program}, which its image does not have",
        fix=f"Ask with what the image has, such as Python's urllib, or install {program}.",
        settle=f"docker run --rm --entrypoint {program} {shown(container.image.text)} --version",
        service=run.name,
        aspect=describe(container.name),
    )
    if has is None:
        return RULE.unproven(claim, source)
    return RULE.proven(claim, source) if has else RULE.refuted(claim, source)
