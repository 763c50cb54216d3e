"""CDK's cloud assembly (`cdk.out`): which templates it holds, and which image assets.

https://github.com/aws/aws-cdk-cli/tree/main/packages/%40aws-cdk/cloud-assembly-schema
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cais.template.document import ImageAsset
from cais.template.json_reader import parse_json
from cais.template.limits import UnreadableError
from cais.template.source import StackFacts, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MANIFEST = "manifest.json"
STACK = "aws:cloudformation:stack"
ASSETS = "cdk:asset-manifest"
STAGE = "cdk:cloud-assembly"
LOGICAL_ID = "aws:cdk:logicalId"


def is_cloud_assembly(folder: Path) -> bool:
    """Whether this folder is CDK's output."""
    try:
        return (folder / MANIFEST).is_file() and '"artifacts"' in read_text(folder / MANIFEST)
    except UnreadableError:
        return False


class CloudAssembly:
    """What manifests hold: image assets by tag, and the paths of file assets by hash."""

    def __init__(self, *, problems: list[str]) -> None:
        self.image_assets: dict[str, ImageAsset] = {}
        self.files: dict[str, Path] = {}
        self._problems = problems

    def read(self, folder: Path) -> list[tuple[Path, StackFacts]]:
        """The stacks of the assembly in this folder, and of its stages; problems are collected."""
        found: list[tuple[Path, StackFacts]] = []
        waiting = [folder]
        for here in waiting:
            artifacts = _mapping(self._json(here / MANIFEST).get("artifacts"))
            stacks = {name: here / file for name, file in _files(artifacts, STACK, "templateFile")}
            for name, path in stacks.items():
                artifact = _mapping(artifacts[name])
                found.append((path, _facts(name, artifact, self._metadata(here, artifact), stacks)))
            for _, file in _files(artifacts, ASSETS, "file"):
                self._read_assets(here, self._json(here / file))
            stages = (here / file for _, file in _files(artifacts, STAGE, "directoryName"))
            waiting += [stage for stage in stages if stage not in waiting]
        return found

    def _metadata(self, folder: Path, artifact: dict[str, Any]) -> dict[str, Any]:
        """What CDK notes about each construct: in the manifest, of late in a file of its own."""
        extra = artifact.get("additionalMetadataFile")
        inline = _mapping(artifact.get("metadata"))
        return inline | self._json(folder / extra) if isinstance(extra, str) else inline

    def _read_assets(self, folder: Path, manifest: dict[str, Any]) -> None:
        for key, asset in _mapping(manifest.get("files")).items():
            file = _mapping(_mapping(asset).get("source")).get("path")
            if isinstance(file, str):
                self.files[key.partition("-")[0]] = folder / file
        for key, asset in _mapping(manifest.get("dockerImages")).items():
            image = _image_asset(key, _mapping(asset), folder)
            tags = [tag for _, tag in image.destinations] or [image.source_hash]
            self.image_assets |= dict.fromkeys(tags, image)

    def _json(self, path: Path) -> dict[str, Any]:
        try:
            return _mapping(parse_json(read_text(path)))
        except UnreadableError as error:
            self._problems.append(f"{path}: {error}; run `cdk synth` again")
            return {}


def _files(artifacts: dict[str, Any], kind: str, key: str) -> Iterator[tuple[str, str]]:
    """Names of the artifacts of one kind, each with the file that its properties name."""
    for name, artifact in artifacts.items():
        file = _mapping(_mapping(artifact).get("properties")).get(key)
        if _mapping(artifact).get("type") == kind and isinstance(file, str):
            yield name, file


def _facts(
    name: str, artifact: dict[str, Any], metadata: dict[str, Any], stacks: Mapping[str, Path]
) -> StackFacts:
    # "aws://123456789012/eu-west-1", with "unknown-account" and "unknown-region" where they are open
    account, _, region = str(artifact.get("environment", "")).removeprefix("aws://").partition("/")
    listed = artifact.get("dependencies")
    dependencies = listed if isinstance(listed, list) else []
    return StackFacts(
        stack_name=str(_mapping(artifact.get("properties")).get("stackName", name)),
        account=account if account.isdecimal() else None,
        region=None if region in {"", "unknown-region"} else region,
        depends_on=tuple(path for other, path in stacks.items() if other in dependencies),
        construct_paths=_construct_paths(metadata),
    )


def _construct_paths(metadata: dict[str, Any]) -> dict[str, str]:
    return {
        entry["data"]: path.removeprefix("/")
        for path, entries in metadata.items()
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and entry.get("type") == LOGICAL_ID and isinstance(entry.get("data"), str)
    }


def _image_asset(key: str, asset: dict[str, Any], folder: Path) -> ImageAsset:
    source = _mapping(asset.get("source"))
    directory, dockerfile = _text(source.get("directory")), _text(source.get("dockerFile")) or "Dockerfile"
    targets = map(_mapping, _mapping(asset.get("destinations")).values())
    return ImageAsset(
        source_hash=key.partition("-")[0],
        directory=directory,
        dockerfile=dockerfile,
        platform=_text(source.get("platform")),
        build_arguments=_mapping(source.get("dockerBuildArgs")),
        destinations=tuple((str(to.get("repositoryName")), str(to.get("imageTag"))) for to in targets),
        recipe=_recipe(folder / directory / dockerfile) if directory else None,
        name=_text(asset.get("displayName")),
    )


def _recipe(path: Path) -> str | None:
    """The text of a Dockerfile; a build without one is no matter of ours."""
    try:
        return read_text(path)
    except UnreadableError:
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
