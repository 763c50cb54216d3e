"""Every stack of the app, from its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from stacks.data import DataStack
from stacks.delivery import DeliveryStack
from stacks.image import BuiltImage, PushedImage, ServiceImage
from stacks.metrics import STACK_NAME, ManagedPrometheus
from stacks.network import NetworkStack
from stacks.observability import ObservabilityStack
from stacks.registry import load_target
from stacks.shared import Shared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.metadata import EntryPoint
    from pathlib import Path

    from aws_cdk import App
    from aws_cdk import aws_iam as iam

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
    places = [load_target(targets[name]) for name in settings.targets]
    delivered = ["NetworkStack", "DataStack", *(place.stack_name for place in places), "DeliveryStack"]
    metrics = ManagedPrometheus(app, email=settings.alarm_email) if settings.metrics != "off" else None
    if metrics:
        delivered.append(STACK_NAME)
    if settings.alarm_email:
        delivered.append("ObservabilityStack")
    shared = Shared(
        settings=settings,
        network=network,
        image=_image(settings, contract, image_folder),
        store=data.store,
        deploy_role=_deploy_role(app, settings, delivered),
        metrics=metrics,
    )
    stacks = [place.build(app, shared, contract) for place in places]
    if settings.alarm_email:
        ObservabilityStack(
            app,
            "ObservabilityStack",
            email=settings.alarm_email,
            alarms=metrics.made.alarms if metrics and metrics.made else None,
            watched=[data, *stacks],
        )


def _deploy_role(app: App, settings: Settings, delivered: Sequence[str]) -> iam.IRole | None:
    """The role of GitHub's jobs that deploy these stacks, where a repository is given."""
    if settings.github_repository is None:
        return None
    delivery = DeliveryStack(
        app,
        "DeliveryStack",
        repository=settings.github_repository,
        provider_arn=settings.github_provider_arn,
        stack_names=delivered,
    )
    return cast("iam.IRole", delivery.deploy_role)


def _image(settings: Settings, contract: Contract, image_folder: Path) -> ServiceImage:
    if settings.image:
        return PushedImage(uri=settings.image)
    traces = settings.traces != "off"
    return BuiltImage(folder=image_folder, architecture=contract.architecture, traces=traces)
