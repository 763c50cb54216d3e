"""From an assembly to a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.builders.balancing import build_balancing
from cais.site.builders.data import build_data
from cais.site.builders.ecs import build_ecs
from cais.site.builders.eks import build_eks
from cais.site.builders.identity import build_identity
from cais.site.builders.network import build_network
from cais.site.builders.order import build_order
from cais.site.builders.registry import build_registry
from cais.site.builders.scaling import build_scaling
from cais.site.builders.serverless import build_serverless
from cais.site.model.site import Site
from cais.template.shape import MADE_BY_SAM

if TYPE_CHECKING:
    from cais.template import Assembly


def build_site(assembly: Assembly) -> Site:
    """The site that an assembly makes, in the assembly's world."""
    network, ecs = build_network(assembly), build_ecs(assembly)
    return Site(
        network=network,
        identity=build_identity(assembly),
        registry=build_registry(assembly),
        balancing=build_balancing(assembly, network),
        ecs=ecs,
        eks=build_eks(assembly),
        serverless=build_serverless(assembly),
        data=build_data(assembly, network),
        scaling=build_scaling(assembly, ecs.services),
        order=build_order(assembly),
        gaps=tuple(
            f"{template.name}: {gap}"
            for template in assembly.templates
            for gap in template.gaps
            if gap != MADE_BY_SAM
        ),
        assumptions=assembly.assumptions,
        all_worlds=assembly.all_worlds,
    )
