"""EKS123: nodes reach the registries of their images.

What breaks: without a way to ECR and to its layers in S3 not even EKS's own add-ons start, and the nodes
stay NotReady; without one to another registry its pods stay in ImagePullBackOff, "dial tcp …:443: i/o
timeout".

How it is proven: as IMG101 does it for ECS, from each subnet of the nodes: `ecr.api`, `ecr.dkr` and S3 for
ECR, the internet for other registries. Of the load balancer controller's chart the values name the image,
else it is one of `public.ecr.aws`. What only some groups of nodes reach is left unproven, as the scheduler
knows where pods go.

Fix: a NAT gateway, or public addresses in public subnets, or the endpoints `ecr.api`, `ecr.dkr` and S3's
gateway and images from ECR alone.

Sample:

    PrivateRoute:
      Type: AWS::EC2::Route
      Properties:
        DestinationCidrBlock: 10.1.0.0/16

Sources: https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html,
https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html,
https://github.com/terraform-aws-modules/terraform-aws-eks/issues/1476
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cais.rules.eks.images import CONTROLLERS, images_on
from cais.rules.eks.nodes import nodes
from cais.rules.image.registries import reaches_registry
from cais.rules.rule import Claim, Rule
from cais.site.model.values import describe, is_leaf
from cais.site.proof import every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.nodes import Nodes
    from cais.site.model.registry import Image
    from cais.site.model.site import Site
    from cais.site.proof import Proof

RULE = Rule(id="EKS123", causes=("K25",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for each registry, of every group of nodes."""
    for each in nodes(site):
        registries = {_registry(given.image): given for given in images_on(each, site)}
        for registry, pulled in registries.items():
            claim = Claim(
                subject=each.subject,
                proven=f"The nodes reach {registry}, where images of theirs are",
                refuted=f"The nodes cannot reach {registry}, where images of theirs are",
                fix="Give them NAT, or endpoints of ecr.api, ecr.dkr and s3 and images from ECR alone.",
                settle="kubectl debug node/NODE -it --image=IMAGE",
                service=each.name,
                aspect=f"{each.kind} {registry}",
            )
            yield RULE.judged(claim, pulled.judged(_reaches(each, pulled.image, site)))


def _registry(image: Image) -> str:
    if is_leaf(image.registry):
        return describe(image.registry)
    return "ECR" if image.registry == "ecr" else describe(image.host or image.registry)


def _reaches(given: Nodes, image: Image, site: Site) -> Proof:
    proof = _from_all(given, image, site)
    if proof.verdict != "refuted" or image.registry == "ecr":
        return proof
    if image is CONTROLLERS:
        missing = "whether the chart of the load balancer controller takes its image from elsewhere"
        return replace(proof, verdict="unproven", missing=missing)
    others = [each for each in nodes(site, given.cluster.key) if each.subject != given.subject]
    if any(_from_all(each, image, site).verdict != "refuted" for each in others):
        return replace(proof, verdict="unproven", missing="whether its pods come to these nodes")
    return proof


def _from_all(given: Nodes, image: Image, site: Site) -> Proof:
    return every(reaches_registry(place, image, site) for place in given.places(site))
