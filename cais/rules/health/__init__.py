"""HLT: will the health checks pass?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cais.site.model.site import Site

TITLE = "Health checks"
MODULES: tuple[str, ...] = (
    "hlt101_path",
    "hlt102_codes",
    "hlt103_load_balancer_path",
    "hlt104_bind_address",
    "hlt105_port",
    "hlt106_check_port",
    "hlt107_timing",
    "hlt108_zones",
    "hlt109_target_type",
    "hlt110_binding",
    "hlt111_check_program",
    "hlt112_unused_check",
    "hlt113_protocol",
    "hlt114_workers",
    "hlt115_keep_alive",
    "hlt116_heartbeat",
    "hlt117_memory",
)


def concerns(site: Site) -> bool:
    """Whether the site has services of ECS."""
    return bool(site.ecs.services)
