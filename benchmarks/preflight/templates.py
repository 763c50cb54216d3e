"""Synthesized templates as something that faults can be broken into."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Resource = dict[str, Any]
WORKFLOWS = ".github/workflows"


@dataclass(frozen=True)
class Place:
    """One resource, where it stands."""

    stack: str
    logical_id: str
    resource: Resource

    @property
    def properties(self) -> dict[str, Any]:
        return self.resource["Properties"]

    def set(self, **changes: Any) -> Place:
        """Sets properties; None removes one, if it is there."""
        for name, value in changes.items():
            if value is None:
                self.properties.pop(name, None)
            else:
                self.properties[name] = value
        return self


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

    def edit_job(self, file: str, job: str, old: str, new: str) -> Place:
        """Replaces a piece of a job of a workflow; each is a paragraph of its file."""
        path = Path(WORKFLOWS, file)
        text = self.edited.get(path) or (self.folder / path).read_text()
        before, name, rest = text.partition(f"\n  {job}:\n")
        body, end, after = rest.partition("\n\n")
        if body.count(old) != 1:
            raise LookupError(f"{old} is not once in {job} of {file}")
        self.edited[path] = before + name + body.replace(old, new) + end + after
        return Place(WORKFLOWS, job, {})

    def write_over(self, folder: Path) -> None:
        """Puts the templates, and assets that were edited, in the place of links to others."""
        for name, template in self.stacks.items():
            path = folder / f"{name}.template.json"
            path.unlink()
            path.write_text(json.dumps(template, indent=1))
        for name, text in self.edited.items():
            top = folder / name.parts[0]
            if top.is_symlink():
                top.unlink()
                shutil.copytree(self.folder / name.parts[0], top)
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


Break = Callable[[Templates], Place]
"""Changes the templates in place, and returns the resource that a checker should name."""
