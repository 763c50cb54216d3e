"""The one image of all targets: built from a folder, or already in a registry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aws_cdk import Arn, ArnComponents, ArnFormat, Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as assets

if TYPE_CHECKING:
    from pathlib import Path

    from constructs import Construct

    from cais.contract import Architecture

PLATFORMS = {"x86_64": assets.Platform.LINUX_AMD64, "arm64": assets.Platform.LINUX_ARM64}
ECR_HOST = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.(amazonaws\.com(\.cn)?|on\.aws)"
    r"/(?P<name>[^:@]+)"
)


@dataclass(frozen=True, kw_only=True)
class PlacedImage:
    """The image as one stack names it.

    Attributes:
        uri: what a task definition, a pod or a function names.
        repository: whose pull to grant; None where the registry is not ECR.
    """

    uri: str
    repository: ecr.IRepository | None


class ServiceImage(Protocol):
    """The one image of all targets."""

    def place(self, scope: Construct) -> PlacedImage:
        """The image for the stack of `scope`. Every stack gets the same image."""
        ...


@dataclass(frozen=True, kw_only=True)
class BuiltImage:
    """An image that `cdk deploy` builds from `folder` and pushes to the bootstrap repository.

    Each stack that places it lists it in its own assets, under the same hash: it is built and pushed once,
    and any one stack can be deployed alone. Lambda refuses manifests with attestations, so the cdk CLI builds
    with BUILDX_NO_DEFAULT_ATTESTATIONS=1; and lists of manifests, so `platform` names a single one (L6, L7).
    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
    """

    folder: Path
    architecture: Architecture
    traces: bool = False

    def place(self, scope: Construct) -> PlacedImage:
        """The image asset, as a child of `scope`."""
        asset = assets.DockerImageAsset(
            scope,
            "Image",
            directory=str(self.folder),
            platform=PLATFORMS[self.architecture],
            build_args={"TRACES": "on"} if self.traces else None,
        )
        return PlacedImage(uri=asset.image_uri, repository=asset.repository)


@dataclass(frozen=True, kw_only=True)
class PushedImage:
    """An image that is in a registry already, by its URI with tag or digest."""

    uri: str

    def place(self, scope: Construct) -> PlacedImage:
        """The image by its URI; a repository of ECR is made known to `scope`.

        In another account, that repository's own policy must let this account pull as well.
        https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
        """
        match = ECR_HOST.match(self.uri)
        if match is None:
            return PlacedImage(uri=self.uri, repository=None)
        arn = Arn.format(
            ArnComponents(
                service="ecr",
                resource="repository",
                resource_name=match["name"],
                account=match["account"],
                region=match["region"],
                arn_format=ArnFormat.SLASH_RESOURCE_NAME,
            ),
            Stack.of(scope),
        )
        repository = ecr.Repository.from_repository_attributes(
            scope, "Image", repository_arn=arn, repository_name=match["name"]
        )
        return PlacedImage(uri=self.uri, repository=repository)
