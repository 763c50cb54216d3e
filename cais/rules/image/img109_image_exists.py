"""IMG109: the image is there when the first task starts.

What breaks: a stack that makes the repository and, in the same breath, a service that runs an image from
it: nobody had a chance to push one. Or the tag was never pushed, because the push failed and the workflow
went on ("… not found").

How it is proven: CDK builds and pushes assets before it deploys. A repository made by the same template is
empty when the service starts. Of any other image only its registry knows, and the rule says how to ask it.

Fix: make the repository in a stack of its own, push, then deploy; or start with `DesiredCount: 0`.

Sample:

    Repository:
      Type: AWS::ECR::Repository
    Task:
      Type: AWS::ECS::TaskDefinition
      Properties:
        ContainerDefinitions:
          - Name: web
            Image: !Sub "${Repository.RepositoryUri}:1.0"
            PortMappings: [{ContainerPort: 8000}]

Sources: https://github.com/aws/copilot-cli/issues/6043, https://github.com/aws/aws-cdk/issues/7746,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import repository_of, runs
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.services import Run
    from cais.site.model.ecs import Container
    from cais.site.model.registry import Image
    from cais.site.model.site import Site

RULE = Rule(id="IMG109", causes=("P17", "P18"))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks of every image who pushes it."""
    for run in runs(site):
        for container in run.task.containers:
            yield _judge(run, container, site)


def _judge(run: Run, container: Container, site: Site) -> Finding:
    image = container.image
    repository = repository_of(image, site)
    claim = Claim(
        subject=run.task.subject,
        proven=f"The image of {shown(container.name)} is in its registry when a task starts",
        refuted=f"The image of {shown(container.name)} is in a repository that is still empty",
        fix="Make the repository in a stack of its own, push the image, then deploy this one.",
        settle=_question(image),
        service=run.name,
        aspect=describe(container.name),
    )
    names = f"{shown(container.name)} runs {shown(image.text)}"
    if image.asset:
        return RULE.proven(claim, names, "CDK builds and pushes it before the stack is deployed")
    if repository and repository.subject.template == run.task.subject.template and _starts_at_once(run):
        makes = f"{repository.subject.logical_id} is made by the same template"
        for pusher in site.registry.pushers:
            if pusher.template == repository.subject.template:
                return RULE.unproven(claim, f"whether {pusher.logical_id} pushes it in time", names, makes)
        return RULE.refuted(claim, names, makes)
    missing = describe(image.text) if is_leaf(image.registry) else "what only its registry knows"
    return RULE.unproven(claim, missing, names)


def _starts_at_once(run: Run) -> bool:
    return run.service is not None and run.service.desired != 0


def _question(image: Image) -> str:
    """The command that asks the registry."""
    if image.registry == "ecr":
        repository, tag = shown(image.repository or ""), shown(image.tag or "latest")
        which = f"imageDigest={describe(image.digest)}" if image.digest else f"imageTag={tag}"
        return f"aws ecr describe-images --repository-name {repository} --image-ids {which}"
    return f"docker manifest inspect {shown(image.text)}"
