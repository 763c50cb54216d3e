"""The way from a task to the registries of its images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.places import of_start
from cais.rules.rule import shown
from cais.site.arns import arn
from cais.site.endpoints import Service
from cais.site.model.values import describe, is_leaf
from cais.site.proof import Proof, every
from cais.site.reach import reaches_internet, reaches_service
from cais.template.text import join

if TYPE_CHECKING:
    from cais.rules.services import Run
    from cais.site.model.registry import Image
    from cais.site.model.site import Site
    from cais.site.reach import Place

PUBLIC_HOSTS = {
    "docker.io",
    "gcr.io",
    "ghcr.io",
    "mcr.microsoft.com",
    "public.ecr.aws",
    "quay.io",
    "registry.k8s.io",
}


def cut_off(run: Run, site: Site) -> bool:
    """Whether the task does not even reach the registry of an image, as IMG101 says."""
    place = of_start(run, site)
    return any(
        reaches_registry(place, container.image, site).verdict == "refuted"
        for container in run.task.containers
    )


def reaches_registry(place: Place, image: Image, site: Site) -> Proof:
    """Whether what is at `place` can connect to what keeps an image and its layers."""
    if is_leaf(image.registry):
        return Proof(verdict="unproven", missing=describe(image.text))
    if image.registry == "ecr":
        names = ("ecr.api", "ecr.dkr")
        return every(
            (
                *(reaches_service(site, place, Service(name=name)) for name in names),
                _layers(place, image, site),
            )
        )
    proof = reaches_internet(site, place)
    if proof.verdict == "refuted" and image.host not in PUBLIC_HOSTS:
        return Proof(
            verdict="unproven",
            steps=proof.steps,
            missing=f"whether {shown(image.host or '')} is in the network",
        )
    return proof


def _layers(place: Place, image: Image, site: Site) -> Proof:
    """The layers are in a bucket of ECR's own in the same region, in S3."""
    bucket = join(["prod-", image.region, "-starport-layer-bucket"])
    layer = arn("s3", bucket, "/layer", region="", account="")
    return reaches_service(site, place, Service(name="s3", action="s3:GetObject", resource=layer))
