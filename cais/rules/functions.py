"""Functions as rules look at them: what they are called for, what they are told of, what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from cais.rules.services import label
from cais.site.model.values import Attribute, Text, describe, found
from cais.site.permission import may_by
from cais.site.proof import Proof, every
from cais.site.reach import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cais.contract import Contract
    from cais.findings import Subject
    from cais.site.model.balancing import TargetGroup
    from cais.site.model.serverless import Function, FunctionUrl, Integration
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeText

Caller: TypeAlias = "Integration | FunctionUrl | TargetGroup"
"""What sends requests to a function."""


def name_of(function: Function) -> str:
    """What reports call a function."""
    return label(function.subject)


def callers(function: Function, site: Site) -> Iterator[Caller]:
    """What sends requests to a function: APIs, its URLs, load balancers."""
    made = site.serverless
    yield from (
        each
        for each in (*made.integrations.values(), *made.urls.values())
        if each.callee and each.callee.function == function.key
    )
    for group in site.balancing.target_groups.values():
        if any(made.aliases.get(target, target) == function.key for target in group.targets):
            yield group


def contract_of(contract: Contract | None, function: Function, site: Site) -> Contract | None:
    """The contract, where it is this function's: it is called, and no other image is."""
    if contract is None or function.image is None:
        return None
    images = {
        each.image.text
        for each in site.serverless.functions.values()
        if each.image and any(callers(each, site))
    }
    return contract if images == {function.image.text} and any(callers(function, site)) else None


def contract_of_image(contract: Contract | None, function: Function, site: Site) -> Contract | None:
    """The contract, where it is of the function's image, whichever function of that image is called."""
    for other in site.serverless.functions.values():
        same = other.image and function.image and other.image.text == function.image.text
        if same and contract_of(contract, other, site):
            return contract
    return None


def of_function(function: Function) -> Place | None:
    """Where a function is in the network; None for one that is in no VPC.

    Its network interfaces never have public addresses.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html
    """
    if not function.subnets:
        return None
    return Place(
        name=function.subject.logical_id,
        subnets=function.subnets,
        security_groups=function.security_groups,
    )


def allowed(function: Function, site: Site, actions: Iterable[str], resources: Iterable[Key]) -> Proof:
    """Whether the function's role may do all of these actions; `resources` are names of the one resource."""
    role = found(site.identity.roles, function.role)
    if role is None:
        return Proof(verdict="unproven", missing=f"what the role {describe(function.role)} allows")
    ways = tuple(resources)
    return every(may_by(site, role, action, ways) for action in actions)


def told_of(environment: Mapping[str, MaybeText], keys: Iterable[Key]) -> dict[str, Key]:
    """Which variables name one of these resources, and which it is."""
    known = set(keys)
    return {
        variable: key
        for variable, value in environment.items()
        for part in (value.parts if isinstance(value, Text) else (value,))
        if isinstance(part, Attribute) and (key := Attribute(part.template, part.logical_id, "Ref")) in known
    }


def late(subject: Subject, role: Key, site: Site) -> list[str]:
    """The policies of a role that may be attached only after `subject` is made."""
    held = found(site.identity.roles, role)
    return [each.logical_id for each in (held.attached if held else ()) if not site.depends(subject, each)]
