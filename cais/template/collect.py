"""Collects the template files behind the paths of a command line, with their nested stacks."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cais.template.cloud_assembly import MANIFEST, CloudAssembly
from cais.template.limits import UnreadableError
from cais.template.problems import TemplateError
from cais.template.source import SUFFIXES, Source, read_body, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from cais.template.document import ImageAsset

NESTED_STACK = "AWS::CloudFormation::Stack"
MOST_FILES = 10_000
"""Files looked at in one folder."""
_KEY = re.compile(r"(?:(?P<stack>[^:]+):)?(?P<name>AWS::\w+|[^:]+)")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class Collection:
    """Templates to resolve together, and what the caller knows about their parameters."""

    sources: list[Source]
    parameters: Mapping[str, str] = field(default_factory=dict)
    image_assets: Mapping[str, ImageAsset] = field(default_factory=dict)


def collect(paths: Iterable[Path], *, parameters: Mapping[str, str]) -> Collection:
    """Every template at these paths, unresolved.

    Raises:
        TemplateError: a path holds no template, or one that cannot be used; all problems at once.
    """
    collector = _Collector()
    for path in paths:
        collector.add(path)
    sources = collector.sources
    _name(sources)
    if collector.problems:
        raise TemplateError(collector.problems)
    return Collection(sources, parameters, collector.assembly.image_assets)


class _Collector:
    """Gathers sources and problems; each file is read once."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.assembly = CloudAssembly(problems=self.problems)
        self._by_path: dict[Path, Source | None] = {}
        self._top: list[Source] = []

    @property
    def sources(self) -> list[Source]:
        """The templates that are not nested in another."""
        nested = {
            id(child) for source in self._by_path.values() if source for child in source.nested.values()
        }
        return [source for source in self._top if id(source) not in nested]

    def add(self, path: Path) -> None:
        """The template or templates at a path of the command line."""
        if not path.is_dir():
            self._add_file(path)
        elif is_cloud_assembly(path):
            self._add_assembly(path)
        else:
            self._add_folder(path)

    def _add_folder(self, folder: Path) -> None:
        before = len(self._top)
        for path in self._walk(folder):
            if path.is_dir():
                self._add_assembly(path)
            elif looks_like_template(path):
                self._add_file(path)
        if len(self._top) == before and not self.problems:
            self.problems.append(
                f"{folder}: holds no CloudFormation template; name one, or run `cdk synth` first"
            )

    def _walk(self, folder: Path) -> Iterator[Path]:
        """Files that may be templates, and cloud assemblies; links to folders are not followed."""
        count = 0
        for root, folders, files in os.walk(folder):
            here = folder / root
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
            yield from (here / name for name in sorted(files) if os.path.splitext(name)[1] in SUFFIXES)  # noqa: PTH122

    def _add_file(self, path: Path) -> None:
        source = self._source(path)
        if source and source not in self._top:
            self._top.append(source)

    def _add_assembly(self, folder: Path) -> None:
        before = len(self.assembly.stacks)
        self.assembly.read(folder)
        for stack in self.assembly.stacks[before:]:
            source = self._source(stack.path)
            if source is None:
                continue
            source.stack_name, source.account, source.region = stack.stack_name, stack.account, stack.region
            source.construct_paths = stack.construct_paths
            source.after = stack.depends_on
            self._top.append(source)

    def _source(self, path: Path) -> Source | None:
        key = path.resolve()
        if key not in self._by_path:
            self._by_path[key] = None
            self._by_path[key] = self._read(path)
        return self._by_path[key]

    def _read(self, path: Path) -> Source | None:
        try:
            body, lines = read_body(path)
        except UnreadableError as error:
            self.problems.append(f"{path}: {error}")
            return None
        if problems := list(shape_problems(body)):
            self.problems += [f"{path}: {problem}" for problem in problems]
            return None
        source = Source(path=path, body=body, lines=lines)
        for logical_id, resource in source.section("Resources").items():
            if resource.get("Type") == NESTED_STACK and (nested := self._nested_path(path, resource)):
                child = self._source(nested)
                if child:
                    source.nested[logical_id] = child
        return source

    def _nested_path(self, parent: Path, resource: dict[str, Any]) -> Path | None:
        """Where a nested stack's template is: CDK's metadata, a relative path, or the hash of an asset."""
        metadata, properties = resource.get("Metadata"), resource.get("Properties")
        asset = metadata.get("aws:asset:path") if isinstance(metadata, dict) else None
        url = properties.get("TemplateURL") if isinstance(properties, dict) else None
        for relative in (asset, url):
            if isinstance(relative, str) and "://" not in relative and (parent.parent / relative).is_file():
                return parent.parent / relative
        hashes = _HASH.findall(str(url))
        return next((self.assembly.files[found] for found in hashes if found in self.assembly.files), None)


def is_cloud_assembly(folder: Path) -> bool:
    """Whether this folder is CDK's output."""
    try:
        return '"artifacts"' in read_text(folder / MANIFEST)
    except UnreadableError:
        return False


def looks_like_template(path: Path) -> bool:
    """Whether a file speaks of resources, as templates do and most other JSON and YAML does not."""
    try:
        text = read_text(path)
    except UnreadableError:
        return False
    return "Resources" in text and "::" in text


def shape_problems(body: Any) -> Iterator[str]:
    """What keeps a document from being a template."""
    if not isinstance(body, dict) or not isinstance(body.get("Resources"), dict):
        yield "has no Resources mapping; is it a CloudFormation template?"
        return
    for logical_id, resource in body["Resources"].items():
        if logical_id.startswith("Fn::"):
            continue
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            yield f"resource {logical_id} has no Type; write one, such as AWS::EC2::VPC"
        elif not isinstance(resource.get("Properties", {}), dict):
            yield f"Properties of {logical_id} is no mapping; write names and values"


def _name(sources: list[Source]) -> None:
    """Names that tell the templates apart: the file's, with its folder where two are called the same."""
    names = [source.path.name for source in sources]
    for source in sources:
        alone = names.count(source.path.name) == 1
        source.name = source.path.name if alone else str(source.path)
