"""OIDC: may the jobs that deliver do what they set out to?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.delivery.github import github_roles

if TYPE_CHECKING:
    from cais.site.model.site import Site

TITLE = "Delivery from GitHub"
MODULES: tuple[str, ...] = (
    "oidc101_subject",
    "oidc102_token",
    "oidc103_wildcard",
    "oidc104_ids",
    "oidc105_open_trust",
    "oidc106_order",
    "oidc107_hidden_failure",
    "oidc108_bootstrap_roles",
)


def concerns(site: Site) -> bool:
    """Whether there are workflows, or roles that trust GitHub."""
    return bool(site.workflows or github_roles(site))
