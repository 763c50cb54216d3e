"""Every stack of the app, from its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.data import DataStack
from stacks.image import BuiltImage, PushedImage, ServiceImage
from stacks.network import NetworkStack
from stacks.observability import ObservabilityStack
from stacks.registry import load_target
from stacks.shared import Shared

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoint
    from pathlib import Path

    from aws_cdk import App

    from cais.contract import Contract
    from stacks.settings import Settings


def build(
    app: App, *, settings: Settings, contract: Contract, targets: Mapping[str, EntryPoint], image_folder: Path
) -> None:
    """Add to `app` the stacks that `settings` ask for; an image not given is built from `image_folder`.

    Raises:
        SettingsError: a target cannot serve a setting.
        TargetError: a target cannot be loaded.
    """
    network = NetworkStack(app, "NetworkStack", egress=settings.egress)
    data = DataStack(app, "DataStack", kind=settings.store, network=network)
    shared = Shared(
        settings=settings,
        network=network,
        image=_image(settings, contract, image_folder),
        store=data.store,
    )
    places = [load_target(targets[name]).build(app, shared, contract) for name in settings.targets]
    if settings.alarm_email:
        watched = [data, *places]
        ObservabilityStack(app, "ObservabilityStack", email=settings.alarm_email, watched=watched)


def _image(settings: Settings, contract: Contract, image_folder: Path) -> ServiceImage:
    if settings.image:
        return PushedImage(uri=settings.image)
    return BuiltImage(folder=image_folder, architecture=contract.architecture)
