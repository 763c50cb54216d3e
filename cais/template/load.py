"""Loads templates: from paths to resolved assemblies, one for each world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.template.collect import collect
from cais.template.document import Assembly
from cais.template.link import Deployment
from cais.template.problems import TemplateError
from cais.template.worlds import World, explore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def load(paths: Iterable[Path], *, parameters: Mapping[str, str] | None = None) -> tuple[Assembly, ...]:
    """The templates at `paths`, resolved: one assembly for each world, at least one.

    A path is a template file or a folder, such as `cdk.out`. `parameters` gives values for parameters, and
    for pseudo parameters such as "AWS::Region", of every template that declares them, or of one stack
    where the key is "STACK:KEY".

    Raises:
        TemplateError: something cannot be read, is no template or refers to itself; all problems at once.
    """
    collection = collect(paths, parameters=parameters or {})

    def look(world: World) -> tuple[Assembly, list[str]]:
        deployment = Deployment(collection, world=world)
        templates = deployment.resolved()
        assembly = Assembly(
            templates=templates,
            assumptions=world.assumptions(),
            image_assets=collection.image_assets,
        )
        return assembly, deployment.problems

    seen, all_worlds = explore(look)
    sound = [assembly for assembly, problems in seen if not problems]
    if not sound:
        raise TemplateError(problem for _, problems in seen for problem in problems)
    if all_worlds:
        return tuple(sound)
    from dataclasses import replace  # noqa: PLC0415 - rarely needed

    return tuple(replace(assembly, all_worlds=False) for assembly in sound)
