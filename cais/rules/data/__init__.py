"""DAT: does the service get to its database, and in?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cais.site.model.site import Site

TITLE = "Databases"
MODULES: tuple[str, ...] = (
    "dat101_reach",
    "dat102_tls",
    "dat103_zones",
    "dat104_instance",
    "dat105_address",
    "dat106_json_key",
    "dat107_rotation",
    "dat108_pause",
    "dat109_table_permission",
    "dat110_table_path",
    "dat111_proxy",
    "dat112_settings",
    "dat113_local_state",
)


def concerns(site: Site) -> bool:
    """Whether the site has databases, tables or secrets, or something that may keep state in itself."""
    held = site.data
    return bool(held.databases or held.tables or held.secrets or held.subnet_groups or site.ecs.services)
