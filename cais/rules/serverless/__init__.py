"""LAM: does the function start, and does it get its requests?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cais.site.model.site import Site

TITLE = "Lambda"
MODULES: tuple[str, ...] = (
    "lam101_trust",
    "lam102_registry",
    "lam103_manifest",
    "lam104_architecture",
    "lam105_runtime_client",
    "lam106_adapter_port",
    "lam107_start",
    "lam108_patience",
    "lam109_permission",
    "lam110_payload",
    "lam111_network_path",
    "lam112_custom_resource",
    "lam113_interfaces",
    "lam114_secret",
    "lam115_concurrency",
    "lam116_variables",
    "lam117_bounds",
    "lam118_route",
    "lam119_state",
    "lam120_probes",
    "lam121_handler",
)


def concerns(site: Site) -> bool:
    """Whether the site has functions."""
    return bool(site.serverless.functions)
