"""CDK's cloud assembly (`cdk.out`): which templates it holds, and which image assets.

https://github.com/aws/aws-cdk-cli/tree/main/packages/%40aws-cdk/cloud-assembly-schema
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cais.template.document import ImageAsset
from cais.template.limits import UnreadableError
from cais.template.source import parse_json, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MANIFEST = "manifest.json"
STACK = "aws:cloudformation:stack"
ASSETS = "cdk:asset-manifest"
STAGE = "cdk:cloud-assembly"
LOGICAL_ID = "aws:cdk:logicalId"


@dataclass(slots=True, kw_only=True)
class StackArtifact:
    """One stack of a cloud assembly; `account` and `region` are None where they are open."""

    path: Path
    stack_name: str
    account: str | None = None
    region: str | None = None
    depends_on: tuple[Path, ...] = ()
    construct_paths: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class CloudAssembly:
    """What one or more manifests hold. `files` maps the hash of a file asset to its path."""

    stacks: list[StackArtifact] = field(default_factory=list)
    image_assets: dict[str, ImageAsset] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def read(self, folder: Path) -> None:
        """Add the assembly in this folder, and those of its stages; problems are collected."""
        waiting = [folder]
        while waiting:
            folder = waiting.pop(0)
            manifest = self._json(folder / MANIFEST)
            artifacts = _mapping(manifest.get("artifacts"))
            stacks = {name: folder / str(file) for name, file in _files(artifacts, STACK, "templateFile")}
            for name, path in stacks.items():
                self.stacks.append(_stack(name, path, _mapping(artifacts[name]), stacks))
            for _, file in _files(artifacts, ASSETS, "file"):
                self._read_assets(folder, self._json(folder / file))
            waiting += [folder / file for _, file in _files(artifacts, STAGE, "directoryName")]

    def _read_assets(self, folder: Path, manifest: dict[str, Any]) -> None:
        for key, asset in _mapping(manifest.get("files")).items():
            file = _mapping(_mapping(asset).get("source")).get("path")
            if isinstance(file, str):
                self.files[key.partition("-")[0]] = folder / file
        for key, asset in _mapping(manifest.get("dockerImages")).items():
            image = _image_asset(key, _mapping(asset))
            self.image_assets |= {tag: image for _, tag in image.destinations} or {image.source_hash: image}

    def _json(self, path: Path) -> dict[str, Any]:
        try:
            return _mapping(parse_json(read_text(path)))
        except UnreadableError as error:
            self.problems.append(f"{path}: {error}; run `cdk synth` again")
            return {}


def _files(artifacts: dict[str, Any], kind: str, key: str) -> Iterator[tuple[str, str]]:
    """Names of the artifacts of one kind, each with the file that its properties name."""
    for name, artifact in artifacts.items():
        file = _mapping(_mapping(artifact).get("properties")).get(key)
        if _mapping(artifact).get("type") == kind and isinstance(file, str):
            yield name, file


def _stack(name: str, path: Path, artifact: dict[str, Any], stacks: Mapping[str, Path]) -> StackArtifact:
    # "aws://123456789012/eu-west-1", with "unknown-account" and "unknown-region" where they are open
    account, _, region = str(artifact.get("environment", "")).removeprefix("aws://").partition("/")
    dependencies = artifact.get("dependencies")
    return StackArtifact(
        path=path,
        stack_name=str(_mapping(artifact.get("properties")).get("stackName", name)),
        account=account if account.isdecimal() else None,
        region=None if region in {"", "unknown-region"} else region,
        depends_on=tuple(
            stacks[other]
            for other in (dependencies if isinstance(dependencies, list) else ())
            if other in stacks
        ),
        construct_paths=_construct_paths(_mapping(artifact.get("metadata"))),
    )


def _construct_paths(metadata: dict[str, Any]) -> dict[str, str]:
    return {
        entry["data"]: path.removeprefix("/")
        for path, entries in metadata.items()
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and entry.get("type") == LOGICAL_ID and isinstance(entry.get("data"), str)
    }


def _image_asset(key: str, asset: dict[str, Any]) -> ImageAsset:
    source = _mapping(asset.get("source"))
    destinations = [_mapping(destination) for destination in _mapping(asset.get("destinations")).values()]
    name = asset.get("displayName")
    return ImageAsset(
        source_hash=key.partition("-")[0],
        directory=source.get("directory"),
        dockerfile=source.get("dockerFile", "Dockerfile"),
        platform=source.get("platform"),
        build_arguments=_mapping(source.get("dockerBuildArgs")),
        destinations=tuple(
            (str(destination.get("repositoryName")), str(destination.get("imageTag")))
            for destination in destinations
        ),
        name=name if isinstance(name, str) else None,
    )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
