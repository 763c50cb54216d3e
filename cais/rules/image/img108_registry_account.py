"""IMG108: the image's repository lets this account in.

What breaks: a private ECR repository serves its own account alone. An image of another account needs a
repository policy there, whatever the execution role allows here ("repository does not exist or may require
'docker login': denied").

How it is proven: the image's registry is that of the account that is deployed to, or the repository is in
the templates. For any other account the rule says how to look.

Fix: add a repository policy that lets this account pull.

Sample:

    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        ContainerDefinitions:
          - Name: web
            Image: 210987654321.dkr.ecr.eu-west-1.amazonaws.com/web:1.0
            PortMappings: [{ContainerPort: 8000}]

Sources: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import repository_of, runs
from cais.site.model.values import Pseudo, describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Run
    from cais.site.model.ecs import Container
    from cais.site.model.site import Site

RULE = Rule(id="IMG108", causes=("P16",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Compares accounts, for every image from ECR."""
    for run in runs(site):
        for container in run.task.containers:
            if container.image.registry == "ecr":
                yield _judge(run, container, site)


def _judge(run: Run, container: Container, site: Site) -> Finding:
    image = container.image
    account, repository = describe(image.account or ""), describe(image.repository or "")
    claim = Claim(
        subject=run.task.subject,
        proven=f"The repository of {shown(container.name)} lets this account in",
        refuted="",
        fix="",
        settle=f"aws ecr get-repository-policy --registry-id {account} --repository-name {repository}",
        service=run.name,
        aspect=describe(container.name),
    )
    if image.asset or repository_of(image, site):
        return RULE.proven(claim, "The deployment makes or fills the repository")
    if image.account == Pseudo("AWS::AccountId"):
        return RULE.proven(claim, "The registry is this account's own")
    return RULE.unproven(
        claim, f"whether {account} is this account, or lets it in", f"The image is {describe(image.text)}"
    )
