"""Loads templates: from paths to resolved assemblies, one for each world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cais.template.collect import Collection, collect
from cais.template.document import Assembly
from cais.template.limits import TooMuchError
from cais.template.link import Deployment
from cais.template.problems import TemplateError
from cais.template.worlds import World, explore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


def load(paths: Iterable[Path], *, parameters: Mapping[str, str] | None = None) -> tuple[Assembly, ...]:
    """The templates at `paths`, resolved: one assembly for each world, at least one.

    A path is a template or a folder, such as `cdk.out`. `parameters` gives values to parameters, and to
    pseudo parameters such as "AWS::Region", of every template, or of one stack by "STACK:KEY".

    Raises:
        TemplateError: something cannot be read, is no template or refers to itself; all problems at once.
    """
    collection = collect(paths, parameters=parameters or {})
    try:
        seen, complete = explore(lambda world: _look(collection, parameters or {}, world))
    except (RecursionError, TooMuchError) as error:
        raise TemplateError(
            ["the templates refer to each other too often or too deeply; name fewer"]
        ) from error
    sound = [assembly for assembly, problems in seen if not problems]
    if not sound:
        raise TemplateError(problem for _, problems in seen for problem in problems)
    all_worlds = complete and len(sound) == len(seen)
    return tuple(sound if all_worlds else (replace(assembly, all_worlds=False) for assembly in sound))


def _look(collection: Collection, parameters: Mapping[str, str], world: World) -> tuple[Assembly, list[str]]:
    """The deployment in one world, and what nobody could deploy in it."""
    deployment = Deployment(collection.sources, parameters=parameters, world=world)
    templates = deployment.resolved()
    assembly = Assembly(
        templates=templates,
        assumptions=world.assumptions(),
        image_assets=collection.image_assets,
        file_assets=collection.file_assets,
    )
    return assembly, deployment.problems
