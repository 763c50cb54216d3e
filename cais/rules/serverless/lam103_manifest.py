"""LAM103: the image is there, in a form that Lambda takes.

What breaks: Lambda takes a manifest of one image, and refuses a list of several, which `docker buildx`
pushes where it adds provenance or an SBOM, or builds for more than one platform: "The image manifest,
config or layer media type for the source image … is not supported".

How it is proven: CDK builds an asset for one platform, and its CLI tells buildx to leave attestations out;
it is pushed before the stack is deployed. A repository that the same template makes is empty when the
function is created, unless a build or a custom resource that knows it fills it. What else is pushed, only
the registry knows.

Fix: build with `--provenance=false --sbom=false --platform linux/amd64`, and push before the deployment.

Sample:

    Repository:
      Type: AWS::ECR::Repository
    Function:
      Type: AWS::Lambda::Function
      Properties:
        Code: {ImageUri: !Sub "${Repository.RepositoryUri}:latest"}

Sources: https://docs.aws.amazon.com/lambda/latest/dg/images-create.html,
https://github.com/docker/buildx/issues/1533, https://github.com/aws/aws-lambda-roadmap/issues/82
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.functions import name_of
from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import repository_of
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.registry import Image
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site

RULE = Rule(id="LAM103", causes=("L6",), speed="fast")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks of every image who pushes it."""
    for function in site.serverless.functions.values():
        if function.image and not is_leaf(function.image.registry) and function.image.registry == "ecr":
            yield _judge(function, function.image, site)


def _judge(function: Function, image: Image, site: Site) -> Finding:
    repository = repository_of(image, site)
    claim = Claim(
        subject=function.subject,
        proven="The image is in its registry, as the manifest of one image",
        refuted="The image is in a repository that is still empty",
        fix="Make the repository in a stack of its own, push the image, then deploy this one.",
        settle=f"aws ecr batch-get-image --repository-name {shown(image.repository or '')}"
        f" --image-ids imageTag={shown(image.tag or 'latest')} --query 'images[].imageManifestMediaType'",
        service=name_of(function),
    )
    names = f"{function.subject.logical_id} runs {shown(image.text)}"
    if image.asset:
        platform = image.asset.platform or "the platform of the machine that deploys"
        return RULE.proven(claim, names, f"CDK builds it for {platform}, and pushes it before the stack")
    if repository and repository.subject.template == function.subject.template:
        makes = f"{repository.subject.logical_id} is made by the same template"
        pushers = [each for each in site.registry.pushers if site.depends(each, repository.subject)]
        for pusher in (*site.gaps, *site.serverless.gaps, *(each.logical_id for each in pushers)):
            return RULE.unproven(claim, f"whether {pusher} pushes it in time", names, makes)
        return RULE.refuted(claim, names, makes)
    return RULE.unproven(claim, f"what only its registry knows of {describe(image.text)}", names)
