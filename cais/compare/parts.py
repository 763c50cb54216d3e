"""What a target is made of, and what of it somebody has to keep up to date."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cais.compare.cost.kubernetes import runs_auto_mode
from cais.compare.report import Part, Parts
from cais.rules.catalogue import FAMILIES, family, rules_of
from cais.site.model.values import describe
from cais.template.facts import NO_RESOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.compare.scope import Scope
    from cais.site.model.identity import Role, Statement

OWN = "own"
"""The version of a chart that CDK uploads."""


def parts_of(scope: Scope) -> Parts:
    """The parts of a target."""
    roles = [
        role
        for role in scope.within(scope.site.identity.roles).values()
        if role.subject.template in scope.own
    ]
    statements = [statement for role in roles for statement in _statements(role, scope)]
    rules, causes = _concerned(scope)
    return Parts(
        resources=_counts(scope, scope.own),
        shared=_counts(scope, scope.templates - scope.own),
        roles=len(roles),
        statements=len(statements),
        wide_statements=sum(_is_wide(statement) for statement in statements),
        upkeep=tuple(_upkeep(scope)),
        rules=rules,
        causes=causes,
    )


def _counts(scope: Scope, names: frozenset[str]) -> dict[str, int]:
    templates = (template for template in scope.assembly.templates if template.name in names)
    types = (resource.type for template in templates for resource in template.resources.values())
    return dict(Counter(kind for kind in types if kind not in NO_RESOURCE).most_common())


def _statements(role: Role, scope: Scope) -> Iterator[Statement]:
    for document in role.inline:
        yield from document.statements
    for key in role.managed:
        policy = scope.site.identity.managed_policies.get(key)
        yield from policy.document.statements if policy else ()


def _is_wide(statement: Statement) -> bool:
    if statement.effect != "Allow":
        return False
    actions = [str(action) for action in statement.actions]
    every = statement.except_actions or any(action == "*" or action.endswith(":*") for action in actions)
    return every or "*" in statement.resources


def _upkeep(scope: Scope) -> Iterator[Part]:
    if scope.kind == "ecs":
        for service in scope.within(scope.site.ecs.services).values():
            version = describe(service.platform_version) if service.platform_version else "LATEST"
            yield Part(kind="platform", name="Fargate platform", version=version, resource=service.subject)
    if scope.kind == "eks":
        yield from _of_clusters(scope)
        yield from () if runs_auto_mode(scope) else _of_nodes(scope)
    for function in scope.within(scope.site.serverless.functions).values():
        if function.runtime and function.subject.template in scope.own:
            name = function.subject.logical_id
            yield Part(
                kind="runtime", name=name, version=describe(function.runtime), resource=function.subject
            )


def _of_clusters(scope: Scope) -> Iterator[Part]:
    """Clusters, and charts of one's own."""
    for cluster in scope.within(scope.site.eks.clusters).values():
        version = describe(cluster.version) if cluster.version else ""
        yield Part(kind="cluster", name="Kubernetes", version=version, resource=cluster.subject)
    for release in scope.within(scope.site.eks.helm_releases).values():
        if release.version is None:
            name = describe(release.release)
            yield Part(kind="chart", name=name, version=OWN, resource=release.subject)


def _of_nodes(scope: Scope) -> Iterator[Part]:
    """Nodes, and what runs beside the service on them; Auto Mode brings and patches all of that."""
    for add_on in scope.within(scope.site.eks.add_ons).values():
        version = describe(add_on.version) if add_on.version else "default"
        yield Part(kind="add-on", name=describe(add_on.name), version=version, resource=add_on.subject)
    for release in scope.within(scope.site.eks.helm_releases).values():
        if release.version is not None:
            name, version = describe(release.release), describe(release.version)
            yield Part(kind="chart", name=name, version=version, resource=release.subject)
    for group in scope.within(scope.site.eks.node_groups).values():
        image = describe(group.ami_type) if group.ami_type else "default"
        yield Part(kind="node image", name="nodes", version=image, resource=group.subject)


def _concerned(scope: Scope) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The rules that have something to say of the target's own resources, and the causes that they cover."""
    rules: list[str] = []
    causes: set[str] = set()
    families = [name for name in FAMILIES if family(name).concerns(scope.site)]
    for module in (module for name in families for module in rules_of(name)):
        if any(finding.subject.template in scope.own for finding in module.check(scope.site, None)):
            rules.append(module.RULE.id)
            causes.update(module.RULE.causes)
    return tuple(rules), tuple(sorted(causes))
