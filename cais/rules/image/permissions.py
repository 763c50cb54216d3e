"""What the execution role may do, asked of the roles that the site knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.rules.services import on_fargate
from cais.site.arns import arn, own_name
from cais.site.matching import ANY
from cais.site.model.values import Attribute, describe, found
from cais.site.permission import may_by
from cais.site.proof import Proof, every
from cais.template.text import join

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cais.rules.services import Run
    from cais.site.model.data import LogGroup, Secret
    from cais.site.model.ecs import ContainerSecret
    from cais.site.model.registry import Image, Repository
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeText

FULL_SECRET_ARN = re.compile(r"-[A-Za-z0-9]{6}$")
ANYWHERE: tuple[Key, ...] = ("*",)
STREAM = ":log-stream:any"


def allowed(run: Run, site: Site, actions: Iterable[str], resources: Iterable[Key]) -> Proof:
    """Whether the execution role may do all of these actions on the resource.

    `resources` are the ways to write the one resource. On EC2 the instances' role may do, too.
    """
    role = found(site.identity.roles, run.task.execution_role)
    if role is None:
        return Proof(verdict="unproven", missing=_role_elsewhere(run))
    ways = tuple(resources)
    proof = every(may_by(site, role, action, ways) for action in actions)
    if proof.verdict == "refuted" and not on_fargate(run):
        return Proof(verdict="unproven", steps=proof.steps, missing="what the role of the instances allows")
    return proof


def _role_elsewhere(run: Run) -> str:
    if run.task.execution_role is None:
        return "what the role of the instances allows"
    return f"what the role {describe(run.task.execution_role)} allows"


def repository_arns(image: Image, site: Site) -> tuple[Key, ...]:
    """The ways to write the repository of an image of ECR."""
    if isinstance(image.repository, Attribute):
        repository = found(site.registry.repositories, image.repository)
        return (image.repository, *_named(repository, "ecr", "repository/"))
    path = ("repository/", image.repository or "")
    return (arn("ecr", *path, region=image.region, account=image.account),)


def secret_arns(secret: ContainerSecret, site: Site) -> tuple[Key, ...]:
    """The ways to write a secret or parameter. ECS takes a secret's ARN without its last six characters.

    An attachment to a database has the ARN of its secret.
    """
    source = secret.source
    if held := found(site.data.secrets, source):
        keys = (key for key, each in site.data.secrets.items() if each is held)
        return (*keys, *_named(held, "secretsmanager", "secret:", "-", ANY))
    if isinstance(source, Attribute) or is_arn(source):
        short = isinstance(source, str) and ":secret:" in source and not FULL_SECRET_ARN.search(source)
        return (source, f"{source}-000000") if short else (source,)
    name = source.removeprefix("/") if isinstance(source, str) else source
    return (arn("ssm", "parameter/", name),)


def log_group_arns(group: Key, site: Site) -> tuple[Key, ...]:
    """The ways to write a stream of a log group; CloudFormation's own ARN of a group ends in `:*`."""
    if isinstance(group, Attribute):
        made = found(site.data.log_groups, group)
        return (group, join([group, STREAM]), *_named(made, "logs", "log-group:", STREAM))
    return (arn("logs", "log-group:", group, STREAM),)


def _named(
    made: LogGroup | Repository | Secret | None, service: str, kind: str, *end: MaybeText
) -> list[Key]:
    """The ARN of what a template makes, if it is of the site."""
    if made is None:
        return []
    return [arn(service, kind, own_name(made.name), *end)]


def is_arn(value: Key) -> bool:
    """Whether a value is an ARN, as far as it is known."""
    first = value if isinstance(value, str) else getattr(value, "parts", ("",))[0]
    return isinstance(first, str) and first.startswith("arn:")


def manager(secret: ContainerSecret, site: Site) -> str | None:
    """Who keeps the secret, "secretsmanager" or "ssm"; None where that is open."""
    if found(site.data.secrets, secret.source):
        return "secretsmanager"
    if found(site.data.parameters, secret.source):
        return "ssm"
    return secret.service if isinstance(secret.service, str) else None
