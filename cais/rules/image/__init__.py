"""IMG: can the image be pulled, and the container be started?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cais.site.model.site import Site

TITLE = "Pull and start"
MODULES: tuple[str, ...] = ()


def concerns(site: Site) -> bool:
    """Whether the site runs containers on ECS."""
    return bool(site.ecs.task_definitions or site.ecs.express_services)
