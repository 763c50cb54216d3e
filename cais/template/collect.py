"""Collects the templates behind the paths of a command line, with those of their nested stacks."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cais.template import given, shape
from cais.template.cloud_assembly import CloudAssembly, is_cloud_assembly
from cais.template.facts import NESTED_STACK
from cais.template.limits import MOST_FILES, UnreadableError
from cais.template.parameters import LISTS
from cais.template.problems import TemplateError
from cais.template.source import SUFFIXES, Source, read_body, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cais.template.document import ImageAsset

DEEPEST_NESTING = 20
"""Stacks inside stacks."""


class Collection(NamedTuple):
    """Templates to resolve together, by name."""

    sources: Mapping[str, Source]
    image_assets: Mapping[str, ImageAsset]
    file_assets: Mapping[str, Path]


def collect(paths: Iterable[Path], *, parameters: Mapping[str, str]) -> Collection:
    """Every template at these paths, unresolved.

    Raises:
        TemplateError: a path holds no template or one that cannot be used, or no template has a parameter
            of that name; all problems at once.
    """
    collector = _Collector(parameters)
    for path in paths:
        collector.add(path)
    sources = _named(collector.top_level())
    if problems := collector.problems or list(given.problems(sources, parameters)):
        raise TemplateError(problems)
    return Collection(sources, collector.assembly.image_assets, collector.assembly.files)


class _Collector:
    """Gathers sources and problems; each file is read once."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self.problems: list[str] = []
        self.assembly = CloudAssembly(problems=self.problems)
        self._parameters = parameters
        self._by_path: dict[Path, Source | None] = {}
        self._reading: list[Path] = []
        self._top: dict[int, Source] = {}

    def top_level(self) -> list[Source]:
        """The templates that are not nested in another."""
        nested = {
            id(child) for source in self._by_path.values() if source for child in source.nested.values()
        }
        return [source for key, source in self._top.items() if key not in nested]

    def add(self, path: Path) -> None:
        """The template or templates at a path of the command line."""
        if not path.is_dir():
            self._add_file(path)
            return
        before = len(self._top) + len(self.problems)
        for found in self._walk(path):
            if found.is_dir():
                self._add_assembly(found)
            elif self._is_template(found):
                self._add_file(found)
        if len(self._top) + len(self.problems) == before:
            self.problems.append(f"{path}: holds no template; name one, or run `cdk synth` first")

    def _walk(self, folder: Path) -> Iterator[Path]:
        """Files that may be templates, and cloud assemblies; links to folders are not followed."""
        count = 0
        for root, folders, files in os.walk(folder):
            here = Path(root)
            count += len(files)
            if count > MOST_FILES:
                self.problems.append(f"{folder}: holds more than {MOST_FILES} files; name a smaller folder")
                return
            if is_cloud_assembly(here):
                folders.clear()
                yield here
                continue
            folders[:] = sorted(
                name for name in folders if name != "node_modules" and not name.startswith(".")
            )
            yield from (here / name for name in sorted(files) if name.endswith(SUFFIXES))

    def _is_template(self, path: Path) -> bool:
        try:
            return shape.looks_like_template(read_text(path))
        except UnreadableError:
            return False

    def _add_file(self, path: Path) -> None:
        if source := self._source(path):
            self._top[id(source)] = source

    def _add_assembly(self, folder: Path) -> None:
        for path, stack in self.assembly.read(folder):
            if source := self._source(path, may_be_empty=True):
                source.stack = stack
                self._top[id(source)] = source

    def _source(self, path: Path, *, may_be_empty: bool = False) -> Source | None:
        key = path.resolve()
        if key in self._reading or len(self._reading) >= DEEPEST_NESTING:
            self.problems.append(
                f"{path}: is nested in itself or in {DEEPEST_NESTING} other stacks; nest less"
            )
            return None
        if key not in self._by_path:
            self._reading.append(key)
            self._by_path[key] = self._read(path, may_be_empty=may_be_empty)
            self._reading.pop()
        return self._by_path[key]

    def _read(self, path: Path, *, may_be_empty: bool) -> Source | None:
        try:
            body, lines = read_body(path)
            if may_be_empty and isinstance(body, dict):
                body.setdefault("Resources", {})
            if shape.has_loops(body):
                from cais.template.loops import write_out  # noqa: PLC0415 - few templates loop

                body = write_out(body, _lists(body, self._parameters))
        except UnreadableError as error:
            self.problems.append(f"{path}: {error}")
            return None
        if problems := [f"{path}: {problem}" for problem in shape.problems(body)]:
            self.problems += problems
            return None
        source = Source(path, body, lines=lines)
        source.gaps = tuple(shape.gaps(body))
        self._add_nested(source)
        return source

    def _add_nested(self, source: Source) -> None:
        for logical_id, resource in source.section("Resources").items():
            if isinstance(resource, dict) and resource.get("Type") == NESTED_STACK:
                path = self._nested_path(source.path, resource)
                child = self._source(path) if path else None
                if child:
                    source.nested[logical_id] = child

    def _nested_path(self, parent: Path, resource: dict[str, Any]) -> Path | None:
        """Where a nested stack's template is: CDK's metadata, a relative path, or the hash of an asset."""
        metadata, properties = resource.get("Metadata"), resource.get("Properties")
        asset = metadata.get("aws:asset:path") if isinstance(metadata, dict) else None
        url = properties.get("TemplateURL") if isinstance(properties, dict) else None
        for relative in (asset, url):
            if isinstance(relative, str) and "://" not in relative and (parent.parent / relative).is_file():
                return parent.parent / relative
        hashes = re.findall(r"[0-9a-f]{64}", str(url))
        return next((self.assembly.files[found] for found in hashes if found in self.assembly.files), None)


def _lists(body: dict[str, Any], parameters: Mapping[str, str]) -> dict[str, list[str]]:
    """The items of the parameters that are lists, where they are known."""
    lists: dict[str, list[str]] = {}
    declared = body.get("Parameters")
    for name, parameter in declared.items() if isinstance(declared, dict) else ():
        if isinstance(parameter, dict) and str(parameter.get("Type")).startswith(LISTS):
            text = parameters.get(name, parameter.get("Default"))
            if isinstance(text, str):
                lists[name] = [item.strip() for item in text.split(",")]
    return lists


def _named(sources: list[Source]) -> dict[str, Source]:
    """Sources under names that tell them apart: the file's, or the path where two are called the same."""
    names = [source.path.name for source in sources]
    twice = {name for name in names if names.count(name) > 1}
    return {str(source.path) if source.path.name in twice else source.path.name: source for source in sources}
