"""The image that a template names: one that is built here where the assembly builds it, else a reference."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cais.template.text import describe
from cais.template.values import Text
from cais.verify.errors import UnreadableError
from cais.verify.workload import ImageSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.template.document import Assembly


def image_of(assembly: Assembly, image: Any) -> ImageSource | str:
    """What the template's value `image` stands for.

    Raises:
        UnreadableError: it is known only after the deployment.
    """
    tag = next(reversed(list(_strings(image))), "").rpartition(":")[2]
    asset = assembly.image_assets.get(tag)
    if asset is None or asset.directory is None:
        if isinstance(image, str):
            return image
        raise UnreadableError(f"the image is known only after the deployment: {describe(image)}")
    return ImageSource(
        directory=_folder(assembly) / asset.directory,
        dockerfile=asset.dockerfile,
        build_args=asset.build_arguments,
        platform=asset.platform,
    )


def _folder(assembly: Assembly) -> Path:
    """The cdk.out that the assembly was read from; an asset's directory is relative to it."""
    return next((template.path.parent for template in assembly.templates if template.path), Path())


def _strings(image: Any) -> Iterator[str]:
    for part in image.parts if isinstance(image, Text) else (image,):
        if isinstance(part, str):
            yield part
