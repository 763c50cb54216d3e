"""What every target is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stacks.data import Store
    from stacks.image import ServiceImage
    from stacks.network import NetworkStack
    from stacks.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What every target is given: the settings of this synthesis, and what no target has of its own."""

    settings: Settings
    network: NetworkStack
    image: ServiceImage
    store: Store
