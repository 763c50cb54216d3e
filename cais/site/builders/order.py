"""In which order the resources of an assembly are created."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.model.order import Order

if TYPE_CHECKING:
    from cais.template import Assembly


def build_order(assembly: Assembly) -> Order:
    """What waits for what."""
    return Order(
        resources={
            template.name: {name: resource.depends_on for name, resource in template.resources.items()}
            for template in assembly.templates
        },
        templates={template.name: frozenset(template.depends_on) for template in assembly.templates},
    )
