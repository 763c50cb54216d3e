"""IMG110: the tag names one image.

What breaks: "latest" is whatever was pushed last. A task that starts next week runs other code than its
neighbours, and there is nothing to roll back to.

How it is seen: an image without tag or digest, or with the tag "latest". That is advice: the service comes
up.

Fix: a tag of its own for each build, in a repository with immutable tags, or a digest.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        ContainerDefinitions:
          - Name: web
            Image: !Sub "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/web:latest"
            PortMappings: [{ContainerPort: 8000}]

Sources: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import runs
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="IMG110", causes=("P17",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Reads the tag of every image that can be read."""
    for run in runs(site):
        for container in run.task.containers:
            image = container.image
            if is_leaf(image.registry) or is_leaf(image.tag):
                continue
            claim = Claim(
                subject=run.task.subject,
                proven=f"The image of {shown(container.name)} is one image for good",
                refuted=f'The image of {describe(container.name)} is whatever is "latest" when a task starts',
                fix="Use a tag of its own for each build, or a digest.",
                service=run.name,
                aspect=describe(container.name),
            )
            fixed = image.asset or image.digest or image.tag not in {None, "latest"}
            names = f"{shown(container.name)} runs {shown(image.text)}"
            yield RULE.proven(claim, names) if fixed else RULE.advice(claim, names)
