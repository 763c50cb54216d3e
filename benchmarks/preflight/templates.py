"""Synthesized templates as something that faults can be broken into."""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Resource = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """One resource, where it stands."""

    stack: str
    logical_id: str
    resource: Resource

    @property
    def properties(self) -> dict[str, Any]:
        return self.resource["Properties"]


class Templates:
    """All templates of one assembly, by stack name, and the files beside them."""

    def __init__(self, stacks: dict[str, Any], folder: Path) -> None:
        self.stacks = stacks
        self.folder = folder
        self.edited: dict[Path, str] = {}

    @classmethod
    def read(cls, folder: Path) -> Templates:
        files = sorted(folder.glob("*.template.json"))
        return cls({file.name.split(".")[0]: json.loads(file.read_text()) for file in files}, folder)

    def copy(self) -> Templates:
        return Templates(copy.deepcopy(self.stacks), self.folder)

    def edit(self, name: str, old: str, new: str, *, beside: str) -> None:
        """Replaces a piece of a file in the one asset that has the file `beside`."""
        (asset,) = (path.parent for path in self.folder.glob(f"asset.*/{beside}"))
        text = (asset / name).read_text()
        if text.count(old) != 1:
            raise LookupError(f"{old} is not once in {name}")
        self.edited[Path(asset.name, name)] = text.replace(old, new)

    def write_over(self, folder: Path) -> None:
        """Puts the templates, and assets that were edited, in the place of links to others."""
        for name, template in self.stacks.items():
            path = folder / f"{name}.template.json"
            path.unlink()
            path.write_text(json.dumps(template, indent=1))
        for name, text in self.edited.items():
            asset = folder / name.parts[0]
            asset.unlink()
            shutil.copytree(self.folder / name.parts[0], asset)
            (folder / name).write_text(text)

    def places(self, kind: str, *, stack: str = "") -> Iterator[Place]:
        for name, template in self.stacks.items():
            if stack in ("", name):
                for logical_id, resource in template["Resources"].items():
                    if resource["Type"] == kind:
                        yield Place(name, logical_id, resource)

    def the(self, kind: str, *, stack: str = "", where: Callable[[Place], bool] = lambda _: True) -> Place:
        """The one resource of this type; a benchmark that breaks another one measures nothing."""
        found = [place for place in self.places(kind, stack=stack) if where(place)]
        if len(found) != 1:
            raise LookupError(f"{len(found)} resources of type {kind} in {stack or 'all stacks'}")
        return found[0]

    def remove(self, place: Place) -> None:
        resources = self.stacks[place.stack]["Resources"]
        del resources[place.logical_id]
        for resource in resources.values():
            depends = resource.get("DependsOn", [])
            if place.logical_id in depends:
                resource["DependsOn"] = [other for other in depends if other != place.logical_id]

    def add(self, stack: str, logical_id: str, kind: str, **properties: Any) -> Place:
        resource = {"Type": kind, "Properties": properties}
        self.stacks[stack]["Resources"][logical_id] = resource
        return Place(stack, logical_id, resource)
