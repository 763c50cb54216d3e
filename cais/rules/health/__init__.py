"""HLT: will the health checks pass?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cais.site.model.site import Site

TITLE = "Health checks"
MODULES: tuple[str, ...] = ()


def concerns(site: Site) -> bool:
    """Whether the site has services of ECS."""
    return bool(site.ecs.services)
