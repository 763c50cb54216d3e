"""Targets: what of a deployment carries the load, and what else each of them needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from cais.template.values import Attribute, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cais.compare.bill import Bill
    from cais.findings import Subject
    from cais.site.model.site import Site
    from cais.site.model.values import Key
    from cais.template import Assembly, Value

Kind = Literal["ecs", "eks", "serverless"]
KINDS: tuple[Kind, ...] = ("ecs", "eks", "serverless")


class Owned(Protocol):
    """An object of the site that a resource makes."""

    @property
    def subject(self) -> Subject:
        """The resource."""
        ...


T = TypeVar("T", bound=Owned)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """One target of a deployment: the templates that it is made of, its own first, then what they need.

    `own` are the templates that hold its compute; the others, such as the network's, it shares. `variant`
    is set where it is computed from another target's template: "auto-mode" or "managed-nodes".
    """

    kind: Kind
    site: Site
    assembly: Assembly
    own: frozenset[str]
    templates: frozenset[str]
    variant: str = ""

    @property
    def name(self) -> str:
        """What reports call it, such as "ecs" or "eks-auto-mode"."""
        return f"{self.kind}-{self.variant}" if self.variant else self.kind

    def within(self, objects: Mapping[Key, T]) -> dict[Key, T]:
        """Those of the site's objects that belong to this target, each once."""
        return {
            key: item
            for key, item in objects.items()
            if item.subject.template in self.templates and _is_own_key(key, item.subject)
        }

    def subnets(self) -> list[Key]:
        """The subnets that its compute is in."""
        if self.kind == "ecs":
            return [
                key for service in self.within(self.site.ecs.services).values() for key in service.subnets
            ]
        if self.kind == "eks":
            return [
                key for cluster in self.within(self.site.eks.clusters).values() for key in cluster.subnets
            ]
        functions = self.site.serverless.functions
        return [
            key
            for name in callable_functions(self.site)
            if name in functions
            for key in functions[name].subnets
        ]


class Topic(Protocol):
    """A part of a bill."""

    def __call__(self, scope: Scope, bill: Bill) -> None:
        """Adds what the scope has of it to the bill."""
        ...


def scopes(site: Site, assembly: Assembly) -> tuple[Scope, ...]:
    """The targets of a deployment, in the order of `KINDS`."""
    found: list[Scope] = []
    needs = _needs(site, assembly)
    for kind in KINDS:
        own = frozenset(subject.template for subject in _compute(site, kind))
        if own:
            templates = _closure(needs, own)
            found.append(Scope(kind=kind, site=site, assembly=assembly, own=own, templates=templates))
    return tuple(found)


def _compute(site: Site, kind: Kind) -> Iterable[Subject]:
    """The resources that run code which answers requests."""
    if kind == "ecs":
        return [service.subject for service in site.ecs.services.values()]
    if kind == "eks":
        return [cluster.subject for cluster in site.eks.clusters.values()]
    functions = site.serverless.functions
    return [functions[key].subject for key in callable_functions(site) if key in functions]


def callable_functions(site: Site) -> tuple[Key, ...]:
    """The functions that requests reach: through an API, a URL or a load balancer."""
    callees = [item.callee.function for item in site.serverless.integrations.values() if item.callee]
    callees += [url.callee.function for url in site.serverless.urls.values()]
    callees += [
        site.serverless.aliases.get(target, target)
        for group in site.balancing.target_groups.values()
        if group.target_type == "lambda"
        for target in group.targets
    ]
    return tuple(dict.fromkeys(site.serverless.aliases.get(key, key) for key in callees))


def _needs(site: Site, assembly: Assembly) -> dict[str, frozenset[str]]:
    """Which templates each template needs: by their order, and by the resources that it refers to."""
    return {
        template.name: site.order.templates.get(template.name, frozenset())
        | {
            name
            for resource in template.resources.values()
            for name in _templates_in(resource.properties)
            if name != template.name
        }
        for template in assembly.templates
    }


def _templates_in(value: Value | Mapping[str, Value]) -> Iterator[str]:
    """The templates of the resources that a value refers to."""
    match value:
        case Attribute(template=name):
            yield name
        case Text(parts=parts):
            yield from (part.template for part in parts if isinstance(part, Attribute))
        case list():
            for item in value:
                yield from _templates_in(item)
        case dict():
            for item in value.values():
                yield from _templates_in(item)


def _closure(waits: Mapping[str, frozenset[str]], start: frozenset[str]) -> frozenset[str]:
    reached, open_ends = set(start), list(start)
    while open_ends:
        for name in waits.get(open_ends.pop(), frozenset()) - reached:
            reached.add(name)
            open_ends.append(name)
    return frozenset(reached)


def _is_own_key(key: Key, subject: Subject) -> bool:
    """Whether the key is the resource's own, not another name of it, such as a secret's attachment."""
    return not isinstance(key, Attribute) or key.logical_id == subject.logical_id
