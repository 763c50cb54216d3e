"""IMG112: the image does not depend on Docker Hub's rate limit.

What breaks: Docker Hub limits anonymous pulls by address, and a NAT gateway has one address for all. Now
and then a new task gets `toomanyrequests` instead of its image.

How it is seen: an image from Docker Hub without credentials. That is advice: most pulls go through.

Fix: copy the image to ECR, or pull it through ECR's cache, or name it from public.ecr.aws.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        ContainerDefinitions:
          - Name: web
            Image: nginx:1.29
            PortMappings: [{ContainerPort: 8000}]

Sources: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import runs
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="IMG112", causes=("P20",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks at the registry of every image."""
    for run in runs(site):
        for container in run.task.containers:
            if container.image.registry == "docker-hub" and container.registry_credentials is None:
                claim = Claim(
                    subject=run.task.subject,
                    proven="",
                    refuted=f"The image of {shown(container.name)} is pulled from Docker Hub, anonymously",
                    fix="Copy it to ECR, or pull it through ECR's cache.",
                    service=run.name,
                    aspect=describe(container.name),
                )
                yield RULE.advice(claim, f"{describe(container.name)} runs {describe(container.image.text)}")
