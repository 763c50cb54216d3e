"""What is known of the programs in an image, from its Dockerfile or from its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.dockerfile import last_stage
from cais.site.model.values import describe

if TYPE_CHECKING:
    from cais.dockerfile import Stage
    from cais.site.model.ecs import Container

OFFICIAL = re.compile(
    r"(?:(?:docker\.io/|public\.ecr\.aws/docker/)?library/|docker\.io/)?"
    r"(?P<name>debian|golang|node|python|ruby|ubuntu)(?::(?P<tag>[\w.-]+))?(?:@.*)?"
)
"""Docker's official images of which we know what their variants have: https://hub.docker.com/_/python."""
SMALL_VARIANT = re.compile(r"(?:^|[.-])(slim|alpine)")
NOTHING: frozenset[str] = frozenset()
BUSYBOX = frozenset({"wget"})
FULL = frozenset({"curl", "wget"})  # the full variants stand on buildpack-deps
OTHER_SCRIPT = re.compile(r"\.(?:sh|py)\b")


def stage(container: Container) -> Stage | None:
    """The last stage of the Dockerfile from which CDK builds the container's image, where it is at hand."""
    asset = container.image.asset
    return last_stage(asset.recipe, asset.build_arguments) if asset and asset.recipe else None


def has_program(container: Container, program: str) -> tuple[bool | None, str]:
    """Whether the image has curl or wget, and how we know; or None, and what is missing."""
    built = stage(container)
    base = built.base if built else describe(container.image.text)
    for words in built.builds if built else ():
        if re.search(rf"\b{program}\b", words):
            return True, f"The Dockerfile installs {program}"
        if OTHER_SCRIPT.search(words):
            return None, f"whether the Dockerfile's {words} installs {program}"
    programs = _programs(base)
    if programs is None:
        return None, f"whether {base} has {program}"
    return program in programs, f"The image stands on {base}"


def _programs(image: str) -> frozenset[str] | None:
    if "/distroless/" in image:
        return NOTHING
    official = OFFICIAL.fullmatch(image)
    if official is None:
        return None
    variant = SMALL_VARIANT.search(official["tag"] or "")
    if variant:
        return BUSYBOX if variant[1] == "alpine" else NOTHING
    return NOTHING if official["name"] in {"debian", "ubuntu"} else FULL
