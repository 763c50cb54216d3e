"""What every target is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from stacks.data import Store
    from stacks.image import ServiceImage
    from stacks.metrics import ManagedPrometheus
    from stacks.network import NetworkStack
    from stacks.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What every target is given: the settings of this synthesis, and what no target has of its own.

    `deploy_role` is that of the jobs that deploy from GitHub, where there are any; `metrics` is where the
    service's metrics go, where they go anywhere.
    """

    settings: Settings
    network: NetworkStack
    image: ServiceImage
    store: Store
    deploy_role: iam.IRole | None = None
    metrics: ManagedPrometheus | None = None
