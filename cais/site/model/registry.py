"""Images and the repositories they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.findings import Subject
    from cais.site.model.identity import PolicyDocument
    from cais.site.model.values import Key, Leaf, MaybeText
    from cais.template.document import ImageAsset


class Image(Struct, frozen=True, kw_only=True):
    """An image reference, read as Docker reads it.

    `account` and `region` are an ECR registry's; `host` is the registry's name, "docker.io" by default.
    `repository` is a name, or the key of a repository of the site. `asset` is set where CDK builds the
    image at deployment. Neither `tag` nor `digest` means "latest". `registry` is a leaf where the
    reference could not be read.
    """

    text: MaybeText
    registry: Literal["ecr", "ecr-public", "docker-hub", "other"] | Leaf
    host: MaybeText | None = None
    account: MaybeText | None = None
    region: MaybeText | None = None
    repository: Key | None = None
    tag: MaybeText | None = None
    digest: MaybeText | None = None
    asset: ImageAsset | None = None


class Repository(Struct, frozen=True, kw_only=True):
    """An ECR repository; `policy` None lets only its own account in."""

    key: Key
    subject: Subject
    name: MaybeText | None
    immutable_tags: MaybeText | None = None
    policy: PolicyDocument | None = None


class Registry(Struct, frozen=True, kw_only=True):
    """Repositories by key. `pushers` may push images while they are deployed: builds, pipelines and such."""

    repositories: Mapping[Key, Repository] = field(default_factory=dict)
    pushers: tuple[Subject, ...] = ()
