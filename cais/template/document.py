"""Templates as values: an assembly is some templates that are deployed together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cais.template.values import Value


class Resource(Struct, frozen=True, kw_only=True):
    """One resource, its properties resolved.

    `template` is the name of its template (the file name), `construct_path` is CDK's, where there is one.
    `depends_on` holds logical ids of the same template: the explicit DependsOn and every resource that the
    properties refer to.
    """

    template: str
    logical_id: str
    type: str
    properties: Mapping[str, Value]
    depends_on: frozenset[str] = frozenset()
    construct_path: str | None = None
    line: int | None = None


class Template(Struct, frozen=True, kw_only=True):
    """One template, resolved. Resources whose condition is false are not in it.

    `depends_on` names templates that are deployed before this one. `gaps` says what of the template could
    not be evaluated, such as a macro: where there are gaps, a missing resource proves nothing.
    """

    name: str
    path: Path | None
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Value] = field(default_factory=dict)
    stack_name: str | None = None
    depends_on: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


class ImageAsset(Struct, frozen=True, kw_only=True):
    """A container image that CDK builds and pushes at deployment.

    `source_hash` is also its tag. `platform` is Docker's, such as "linux/amd64"; None means the machine's
    own that deploys. `directory` and `dockerfile` are where it is built from, `recipe` is the Dockerfile's
    text, where it is at hand, and `name` is its construct's.
    `destinations` are pairs of ECR repository and tag.
    """

    source_hash: str
    directory: str | None = None
    dockerfile: str = "Dockerfile"
    platform: str | None = None
    build_arguments: Mapping[str, str] = field(default_factory=dict)
    destinations: tuple[tuple[str, str], ...] = ()
    recipe: str | None = None
    name: str | None = None


class Assembly(Struct, frozen=True, kw_only=True):
    """The templates of one folder or command line, in one *world*.

    Conditions that cannot be decided make several worlds, one for each way they can turn out; `assumptions`
    then says which one this is ("condition HasCertificate is true"), and a verdict holds only where it
    holds in every world. `all_worlds` is False where there are more worlds than were looked at: then
    nothing holds for certain. `image_assets` are by tag, which is the hash of what they are built from;
    `file_assets` are the paths of what CDK uploads to S3, by the same.
    """

    templates: tuple[Template, ...]
    assumptions: tuple[str, ...] = ()
    all_worlds: bool = True
    image_assets: Mapping[str, ImageAsset] = field(default_factory=dict)
    file_assets: Mapping[str, Path] = field(default_factory=dict)

    def resources(self, *types: str) -> Iterator[Resource]:
        """Every resource of one of these types, in the order of the templates."""
        for template in self.templates:
            for resource in template.resources.values():
                if resource.type in types:
                    yield resource
