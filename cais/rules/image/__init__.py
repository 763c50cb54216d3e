"""IMG: can the image be pulled, and the container be started?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cais.site.model.site import Site

TITLE = "Pull and start"
MODULES: tuple[str, ...] = (
    "img101_network_path",
    "img102_secrets_path",
    "img103_logs_path",
    "img104_execution_role",
    "img105_pull_permission",
    "img106_trust",
    "img107_policies_first",
    "img108_registry_account",
    "img109_image_exists",
    "img110_mutable_tag",
    "img111_architecture",
    "img112_docker_hub",
    "img113_secret_permission",
    "img114_secret_key",
    "img115_log_group",
    "img116_log_permission",
    "img117_express_subnets",
)


def concerns(site: Site) -> bool:
    """Whether the site runs containers on ECS."""
    return bool(site.ecs.task_definitions)
