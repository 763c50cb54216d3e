"""LAM104: the image is built for the function's processor.

What breaks: an arm64 image in an x86_64 function, or the other way round. The function is created, and
every request ends with "exec format error" and `Runtime.InvalidEntrypoint`.

How it is proven: the platform that CDK builds the image for, or the contract's architecture, is the
function's. Of an image that somebody else builds only its registry knows.

Fix: name one architecture for the image and for `Architectures`.

Sample:

    Function:
      Type: AWS::Lambda::Function
      Properties:
        Architectures: [arm64]

Sources: https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html,
https://github.com/aws/aws-lambda-base-images/issues/26
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.functions import contract_of_image, name_of
from cais.rules.rule import Claim, Rule, shown
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.registry import Image
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site

RULE = Rule(id="LAM104", causes=("L7",))
PLATFORMS = {"linux/amd64": "x86_64", "linux/arm64": "arm64"}


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Compares every image with its function."""
    for function in site.serverless.functions.values():
        if function.image:
            yield _judge(function, function.image, contract_of_image(contract, function, site))


def _judge(function: Function, image: Image, contract: Contract | None) -> Finding:
    wanted = function.architecture
    built, source = _built(image, contract)
    claim = Claim(
        subject=function.subject,
        proven=f"The image is built for {shown(wanted)}, as the function runs",
        refuted=f"The image is built for {built}, the function runs on {shown(wanted)}",
        fix="Name one architecture for the image and for Architectures.",
        settle=f"docker manifest inspect {shown(image.text)}",
        service=name_of(function),
    )
    if is_leaf(wanted) or built is None:
        return RULE.unproven(claim, describe(wanted) if is_leaf(wanted) else source)
    return RULE.proven(claim, source) if built == wanted else RULE.refuted(claim, source)


def _built(image: Image, contract: Contract | None) -> tuple[str | None, str]:
    """What the image is built for, and how we know; or None, and what is missing."""
    if image.asset and image.asset.platform:
        platform = image.asset.platform
        return PLATFORMS.get(platform, platform), f"CDK builds it for {platform}"
    if contract:
        return contract.architecture, f"The contract's architecture is {contract.architecture}"
    return None, f"what {describe(image.text)} is built for"
