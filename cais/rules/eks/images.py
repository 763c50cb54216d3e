"""The images that nodes pull: EKS's own, and those of the pods that the deployment brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.ways import controllers
from cais.site.builders.registry import read_image
from cais.site.model.registry import Image
from cais.site.model.values import Pseudo, describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.rules.eks.nodes import Nodes
    from cais.site.model.eks import HelmRelease
    from cais.site.model.kubernetes import Workload
    from cais.site.model.site import Site

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


def images_on(given: Nodes, site: Site) -> tuple[Image, ...]:
    """What these nodes may have to pull, each image once. The nodes of Auto Mode have EKS's own in them."""
    own = () if given.kind == "auto" else (OWN,)
    pods = (container.image for each in _workloads(given, site) for container in each.containers)
    controller = (_controllers(each) for each in controllers(site) if each.cluster == given.cluster.key)
    return tuple({image.text: image for image in (*own, *controller, *pods)}.values())


def _controllers(release: HelmRelease) -> Image:
    """What the values of the controller's chart name."""
    values = release.values if isinstance(release.values, dict) else {}
    image = values.get("image")
    named = image.get("repository") if isinstance(image, dict) else image
    return CONTROLLERS if named is None else read_image(named, {})


def _workloads(given: Nodes, site: Site) -> Iterator[Workload]:
    for each in site.eks.kubernetes.workloads:
        if each.identity.cluster == given.cluster.key and _may_run(given, each, site):
            yield each


def _may_run(given: Nodes, workload: Workload, site: Site) -> bool:
    """Whether pods come to these nodes: those of a Fargate profile's namespaces run there, no others do."""
    namespace = workload.identity.namespace
    if given.kind == "fargate":
        return describe(namespace) in given.namespaces
    profiles = (each for each in site.eks.fargate_profiles.values() if each.cluster == given.cluster.key)
    taken = any(describe(namespace) in each.namespaces for each in profiles)
    return not is_leaf(namespace) and not taken
