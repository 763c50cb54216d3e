"""LAM102: the image is in a repository from which Lambda takes images.

What breaks: Lambda runs images of private repositories of Amazon ECR in its own region, and of no other
registry. CreateFunction answers "Source image … is not valid", or, for a repository of another account
whose policy does not name Lambda, "Lambda does not have permission to access the ECR image".

How it is proven: from the reference. In its own account Lambda adds what it needs to the repository's
policy, unless that denies it. The policy of another account's repository only that account can tell.

Fix: push the image to a private repository of the function's account and region.

Sample:

    Function:
      Type: AWS::Lambda::Function
      Properties:
        Code: {ImageUri: "public.ecr.aws/docker/library/nginx:1.27"}

Sources: https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.functions import name_of
from cais.rules.rule import Claim, Rule, shown
from cais.rules.services import repository_of
from cais.site.model.values import Pseudo, describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.registry import Image
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site

RULE = Rule(id="LAM102", causes=("L18",), speed="fast")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Reads the reference of every image."""
    for function in site.serverless.functions.values():
        if function.image:
            yield _judge(function, function.image, site)


def _judge(function: Function, image: Image, site: Site) -> Finding:
    names = f"{function.subject.logical_id} runs {shown(image.text)}"
    claim = Claim(
        subject=function.subject,
        proven="Lambda takes the image from a private repository of ECR in this account",
        refuted="Lambda does not take images from where this one is",
        fix="Push the image to a private ECR repository of the function's account and region.",
        settle=f"aws ecr get-repository-policy --repository-name {shown(image.repository or '')}",
        service=name_of(function),
    )
    if is_leaf(image.registry):
        return RULE.unproven(claim, describe(image.registry), names)
    if image.registry != "ecr":
        return RULE.refuted(claim, names, f"Its registry is {describe(image.host or image.registry)}")
    if image.account != Pseudo("AWS::AccountId"):
        missing = f"whether this account is {describe(image.account or '')}, or that one lets Lambda in"
        return RULE.unproven(claim, missing, names)
    if image.region != Pseudo("AWS::Region"):
        return RULE.unproven(claim, f"whether the region is {describe(image.region or '')}", names)
    repository = repository_of(image, site)
    if (
        repository
        and repository.policy
        and any(each.effect != "Allow" for each in repository.policy.statements)
    ):
        return RULE.unproven(claim, f"whom the policy of {repository.subject.logical_id} denies", names)
    return RULE.proven(claim, names, "It is in the account and region that the function is deployed to")
