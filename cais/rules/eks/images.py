"""The images that nodes pull: EKS's own, and those of the pods that the deployment brings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from cais.rules.eks.nodes import nodes
from cais.rules.eks.ways import controllers, labels_of
from cais.site.builders.registry import read_image
from cais.site.matching import Match, best, opposite
from cais.site.model.registry import Image
from cais.site.model.values import Pseudo, Unknown, describe, found, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.rules.eks.nodes import Nodes
    from cais.site.model.eks import HelmRelease
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeText
    from cais.site.proof import Proof


class Pulled(Struct, frozen=True):
    """An image, and why nobody knows whether these nodes pull it; empty where they do."""

    image: Image
    doubt: str = ""

    def judged(self, proof: Proof) -> Proof:
        """A proof of what pulling it needs: where it may not be pulled at all, nothing refutes."""
        refuted = proof.verdict == "refuted" and self.doubt
        return replace(proof, verdict="unproven", missing=self.doubt, culprit=None) if refuted else proof


OWN_ACCOUNT = "602401143452"
OWN_ACCOUNTS = {
    "af-south-1": "877085696533",
    "ap-east-1": "800184023465",
    "ap-east-2": "533267051163",
    "ap-south-2": "900889452093",
    "ap-southeast-3": "296578399912",
    "ap-southeast-4": "491585149902",
    "ap-southeast-5": "151610086707",
    "ap-southeast-6": "333609536671",
    "ap-southeast-7": "121268973566",
    "ca-west-1": "761377655185",
    "cn-north-1": "918309763551",
    "cn-northwest-1": "961992271922",
    "eu-central-2": "900612956339",
    "eu-south-1": "590381155156",
    "eu-south-2": "455263428931",
    "il-central-1": "066635153087",
    "me-central-1": "759879836304",
    "me-south-1": "558608220178",
    "mx-central-1": "730335286997",
    "us-gov-east-1": "151742754352",
    "us-gov-west-1": "013241004608",
    **dict.fromkeys((f"ap-northeast-{number}" for number in (1, 2, 3)), OWN_ACCOUNT),
    **dict.fromkeys(("ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1"), OWN_ACCOUNT),
    **dict.fromkeys(("eu-central-1", "eu-north-1", "sa-east-1"), OWN_ACCOUNT),
    **dict.fromkeys((f"eu-west-{number}" for number in (1, 2, 3)), OWN_ACCOUNT),
    **dict.fromkeys(("us-east-1", "us-east-2", "us-west-1", "us-west-2"), OWN_ACCOUNT),
}
"""Whose the network, DNS and proxy of EKS are, by region.

https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html
"""
ZONE = re.compile(r"([a-z]+(?:-[a-z]+)+-\d+)[a-z]")


CONTROLLERS = Image(
    text="the image of the load balancer controller",
    registry="ecr-public",
    host="public.ecr.aws",
    repository="eks/aws-load-balancer-controller",
)
"""Where the chart of the load balancer controller takes its image from, unless its values say otherwise."""


def images_on(given: Nodes, site: Site) -> tuple[Pulled, ...]:
    """What these nodes may have to pull, each image once. The nodes of Auto Mode have EKS's own in them."""
    pulled = [] if given.kind == "auto" else [Pulled(_own(given, site))]
    for release in controllers(site):
        if release.cluster == given.cluster.key:
            doubt = _doubt(given, release.namespace, labels_of(release), site)
            pulled += [] if doubt is None else [Pulled(_controllers(release), doubt)]
    pulled += _of_workloads(given, site)
    # What is surely pulled goes before what may be.
    return tuple({each.image.text: each for each in sorted(pulled, key=lambda each: not each.doubt)}.values())


def _own(given: Nodes, site: Site) -> Image:
    """An image of EKS, of the account of the region where the nodes are, as far as their zones tell it."""
    subnets = filter(None, (found(site.network.subnets, key) for key in given.subnets))
    zones = (ZONE.fullmatch(each.zone) for each in subnets if isinstance(each.zone, str))
    accounts = {OWN_ACCOUNTS.get(zone[1]) for zone in zones if zone}
    account = accounts.pop() if len(accounts) == 1 else None
    return Image(
        text="an image of EKS",
        registry="ecr",
        account=account or Unknown("the account of EKS's images in this region"),
        region=Pseudo("AWS::Region"),
        repository="eks/pause",
    )


def _controllers(release: HelmRelease) -> Image:
    """What the values of the controller's chart name."""
    values = release.values if isinstance(release.values, dict) else {}
    image = values.get("image")
    named = image.get("repository") if isinstance(image, dict) else image
    return CONTROLLERS if named is None else read_image(named, {})


def _of_workloads(given: Nodes, site: Site) -> Iterator[Pulled]:
    for each in site.eks.kubernetes.workloads:
        if each.identity.cluster == given.cluster.key and not is_leaf(each.identity.namespace):
            doubt = _doubt(given, each.identity.namespace, each.labels, site)
            yield from (Pulled(container.image, doubt) for container in each.containers if doubt is not None)


def _doubt(
    given: Nodes, namespace: MaybeText, labels: Mapping[str, MaybeText] | None, site: Site
) -> str | None:
    """Why pods may or may not come to these nodes; empty where they do, None where they do not.

    Those that a Fargate profile means run there, no others do.
    """
    profiles = [each for each in nodes(site, given.cluster.key) if each.kind == "fargate"]
    match = opposite(best(each.takes(namespace, labels) for each in profiles))
    if given.kind == "fargate":
        match = given.takes(namespace, labels)
    doubt = f"which pods of {describe(namespace)} run on Fargate" if match is Match.PERHAPS else ""
    return None if match is Match.NO else doubt
