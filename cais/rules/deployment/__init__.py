"""DEP: will the deployment come to an end?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cais.site.model.site import Site

TITLE = "Deployment settings"
MODULES: tuple[str, ...] = (
    "dep101_grace",
    "dep102_patience",
    "dep103_listener_first",
    "dep104_attached",
    "dep105_room",
    "dep106_circuit_breaker",
    "dep108_addresses",
    "dep109_task_definition",
    "dep110_instances",
    "dep111_instances_reach",
    "dep112_instances_role",
    "dep113_scaling",
    "dep114_size",
)


def concerns(site: Site) -> bool:
    """Whether the site has services of ECS."""
    return bool(site.ecs.services)
