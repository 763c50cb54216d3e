"""Images, read as Docker reads them, and repositories."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cais.site.builders import values as v
from cais.site.builders.identity import document
from cais.site.model.registry import Image, Registry, Repository
from cais.template.text import describe, join
from cais.template.values import Attribute, Pseudo, Text, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.site.model.values import Key, Leaf, MaybeText
    from cais.template import Assembly, ImageAsset, Resource, Value

OPEN = "\0"
"""Stands for a part that is not known while the reference is taken apart: in no name, host or tag."""
REFERENCE = re.compile(
    r"(?:(?P<host>[^/]*[.:\0][^/]*|localhost)/)?(?P<name>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>.+))?"
)
PUSHERS = {
    "AWS::CloudFormation::CustomResource",
    "AWS::CodeBuild::Project",
    "AWS::CodePipeline::Pipeline",
    "AWS::EC2::Instance",
    "AWS::ImageBuilder::Image",
}
ECR = re.compile(r"(?P<account>\d{12}|\0)\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+|\0)\.")


def build_registry(assembly: Assembly) -> Registry:
    """The repositories that the assembly makes."""
    found = map(_repository, assembly.resources("AWS::ECR::Repository"))
    return Registry(
        repositories={repository.key: repository for repository in found},
        pushers=tuple(
            v.subject(resource)
            for template in assembly.templates
            for resource in template.resources.values()
            if resource.type in PUSHERS or resource.type.startswith("Custom::")
        ),
    )


def read_image(value: Value, assets: Mapping[str, ImageAsset]) -> Image:
    """An image reference, taken apart; `assets` are the images that the assembly builds, by tag."""
    text = v.text(value, "")
    flat, leaves = _flattened(text)
    match = REFERENCE.fullmatch(flat)
    if isinstance(first := v.parts(text)[0], Attribute) and first.name == "RepositoryUri":
        return _of_repository(text, first)
    if match is None or flat == OPEN or match["name"] != match["name"].lower():
        # A name in capitals is none that Docker takes: it stands for one that is to be filled in.
        reason = text if not isinstance(text, str | Text) else Unknown(f"the image {describe(text)}")
        return Image(text=text, registry=reason)
    place = {name: _filled(match, name, leaves) for name in ("host", "name", "tag", "digest")}
    tag = place["tag"]
    return Image(
        text=text,
        **_registry(match, place["host"], leaves),
        repository=_repository_key(place["name"]),
        tag=tag,
        digest=place["digest"],
        asset=assets.get(tag) if isinstance(tag, str) else None,
    )


def _of_repository(text: MaybeText, uri: Attribute) -> Image:
    """An image of a repository that the assembly makes, by its URI, with ":TAG", "@DIGEST" or nothing."""
    mark, *rest = v.parts(text)[1:] or ("",)
    tail = join([mark[1:] if isinstance(mark, str) else mark, *rest])
    return Image(
        text=text,
        registry="ecr",
        account=Pseudo("AWS::AccountId"),
        region=Pseudo("AWS::Region"),
        repository=v.key(uri),
        tag=tail if str(mark).startswith(":") else None,
        digest=tail if str(mark).startswith("@") else None,
    )


def _repository(resource: Resource) -> Repository:
    given, holder = resource.properties, v.subject(resource)
    policy = given.get("RepositoryPolicyText")
    return Repository(
        key=v.own_key(resource),
        subject=holder,
        name=v.optional_text(given.get("RepositoryName")),
        immutable_tags=v.optional_text(given.get("ImageTagMutability")),
        policy=None if policy is None else document(policy, holder),
    )


def _flattened(text: MaybeText) -> tuple[str, list[Leaf]]:
    """The text with a mark for each open part, and the open parts."""
    pieces = v.parts(text)
    plain = "".join(piece.replace(OPEN, "") if isinstance(piece, str) else _mark(piece) for piece in pieces)
    return plain, [piece for piece in pieces if not isinstance(piece, str) and _mark(piece) == OPEN]


def _mark(leaf: Leaf) -> str:
    """An open part; the domain of AWS, whichever partition it is, ends like every other."""
    return "amazonaws.com" if leaf == Pseudo("AWS::URLSuffix") else OPEN


def _filled(match: re.Match[str], name: str, leaves: list[Leaf]) -> MaybeText | None:
    """A part of the reference with its open pieces put back."""
    if match[name] is None:
        return None
    before = match.string[: match.start(name)].count(OPEN)
    words = match[name].split(OPEN)
    pieces: list[Value] = [words[0]]
    for number, word in enumerate(words[1:]):
        pieces += [leaves[before + number], word]
    return join(pieces)


def _registry(match: re.Match[str], host: MaybeText | None, leaves: list[Leaf]) -> dict[str, Any]:
    flat = match["host"]
    if flat is None:
        return _without_host(match["name"], leaves)
    if ecr := ECR.match(flat):
        rest = iter(leaves)
        account, region = (next(rest) if ecr[name] == OPEN else ecr[name] for name in ("account", "region"))
        return {"registry": "ecr", "host": host, "account": account, "region": region}
    if flat == "public.ecr.aws":
        return {"registry": "ecr-public", "host": host}
    if flat in ("docker.io", "index.docker.io", "registry-1.docker.io"):
        return {"registry": "docker-hub", "host": host}
    if OPEN in flat:
        return {"registry": Unknown(f"the registry {describe(host)}"), "host": host}
    return {"registry": "other", "host": host}


def _without_host(name: str, leaves: list[Leaf]) -> dict[str, Any]:
    """Docker Hub, unless the first part of the name is open, and may hold a registry with it."""
    if OPEN in name.partition("/")[0]:
        return {"registry": Unknown(f"the registry of {describe(leaves[0])}")}
    return {"registry": "docker-hub", "host": "docker.io"}


def _repository_key(name: MaybeText | None) -> Key | None:
    return v.key(name) if isinstance(name, Attribute) else name
