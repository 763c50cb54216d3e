"""The images that nodes pull: EKS's own, and those of the pods that the deployment brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from cais.rules.eks.nodes import nodes
from cais.rules.eks.ways import controllers, labels_of
from cais.site.builders.registry import read_image
from cais.site.matching import Match, best, opposite
from cais.site.model.registry import Image
from cais.site.model.values import Pseudo, describe, is_leaf

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


OWN = Image(
    text="an image of EKS",
    registry="ecr",
    account="602401143452",
    region=Pseudo("AWS::Region"),
    repository="eks/pause",
)
"""The network, DNS and proxy of EKS, out of its own repositories.

https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html
"""


CONTROLLERS = Image(
    text="the image of the load balancer controller",
    registry="ecr-public",
    host="public.ecr.aws",
    repository="eks/aws-load-balancer-controller",
)
"""Where the chart of the load balancer controller takes its image from, unless its values say otherwise."""


def images_on(given: Nodes, site: Site) -> tuple[Pulled, ...]:
    """What these nodes may have to pull, each image once. The nodes of Auto Mode have EKS's own in them."""
    pulled = [] if given.kind == "auto" else [Pulled(OWN)]
    for release in controllers(site):
        if release.cluster == given.cluster.key:
            doubt = _doubt(given, release.namespace, labels_of(release), site)
            pulled += [] if doubt is None else [Pulled(_controllers(release), doubt)]
    pulled += _of_workloads(given, site)
    # What is surely pulled goes before what may be.
    return tuple({each.image.text: each for each in sorted(pulled, key=lambda each: not each.doubt)}.values())


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
