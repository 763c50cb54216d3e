"""Pods as consumers: what a Helm release or a manifest tells them, and where their nodes are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.model.values import Unknown, describe, found, is_leaf
from cais.site.reach import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.site.model.eks import EksCluster, NodeGroup
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeText
    from cais.template import Value


def told(values: Value, name: str = "") -> Iterator[tuple[str, MaybeText]]:
    """The strings in the values of a chart or in an object, each with the last name that leads to it.

    An element of a list that has a `name` and a `value`, as containers' variables have, is told by its name.
    """
    if isinstance(values, str) or is_leaf(values):
        yield name, values
    elif isinstance(values, dict):
        named = values.get("name")
        for key, value in values.items():
            yield from told(value, str(named) if key == "value" and isinstance(named, str) else key)
    elif isinstance(values, list):
        for value in values:
            yield from told(value, name)


def of_pods(cluster: EksCluster, site: Site) -> Place:
    """Where the pods of a cluster are: on its nodes, or in the subnets of EKS Auto Mode and of Fargate."""
    groups = [each for each in site.eks.node_groups.values() if each.cluster == cluster.key]
    profiles = [each for each in site.eks.fargate_profiles.values() if each.cluster == cluster.key]
    subnets = [*(key for each in (*groups, *profiles) for key in each.subnets)]
    if cluster.auto_mode is True or not subnets:
        subnets += cluster.subnets
    return Place(
        name=f"the nodes of {cluster.subject.logical_id}",
        subnets=tuple(dict.fromkeys(subnets)),
        security_groups=_groups(cluster, groups, site),
    )


def _groups(cluster: EksCluster, groups: list[NodeGroup], site: Site) -> tuple[Key, ...]:
    """The security groups of nodes: the cluster's own, unless a launch template names others."""
    templates = [each.launch_template for each in groups if each.launch_template is not None]
    given = [found(site.scaling.launch_templates, key) for key in templates]
    if any(template is None for template in given):
        return (Unknown(f"the security groups of {describe(templates[0])}"),)
    named = {template.security_groups for template in given if template and template.security_groups}
    if len(named) > 1 or (named and len(templates) < len(groups)):
        return (Unknown(f"the security groups of the nodes of {cluster.subject.logical_id}"),)
    return named.pop() if named else (cluster.security_group,)


def role_of(cluster: Key, namespace: MaybeText, site: Site) -> Key | None:
    """The role of the pods of a namespace, where EKS Pod Identity gives one alone."""
    roles = {
        each.role
        for each in site.eks.pod_identities.values()
        if (each.cluster, each.namespace) == (cluster, namespace)
    }
    return roles.pop() if len(roles) == 1 else None
