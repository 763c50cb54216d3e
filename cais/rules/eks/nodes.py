"""What runs the pods of a cluster: managed node groups, EKS Auto Mode, Fargate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from cais.rules.services import label
from cais.site.arns import arn
from cais.site.matching import Match, best, matches_resource, worst
from cais.site.model.values import Unknown, describe, found, is_leaf
from cais.site.reach import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cais.findings import Subject
    from cais.site.model.eks import (
        AccessEntry,
        AddOn,
        EksCluster,
        FargateProfile,
        NodeGroup,
        PodIdentity,
        Selector,
    )
    from cais.site.model.scaling import LaunchTemplate
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeFlag, MaybeText

SERVICES = {
    "managed": "ec2.amazonaws.com",
    "auto": "ec2.amazonaws.com",
    "fargate": "eks-fargate-pods.amazonaws.com",
}
"""Who assumes the nodes' role."""


class Nodes(Struct, frozen=True, kw_only=True):
    """A node group, what EKS Auto Mode launches, or a Fargate profile; `cluster` is one of the site.

    `public_ip` None leaves it to each subnet. `selectors` and `profile`, its name, are those of a
    Fargate profile.
    """

    kind: Literal["managed", "auto", "fargate"]
    subject: Subject
    cluster: EksCluster
    role: Key | None
    subnets: tuple[Key, ...]
    security_groups: tuple[Key, ...]
    public_ip: MaybeFlag | None = None
    has_proxy: bool = False
    selectors: tuple[Selector, ...] = ()
    profile: MaybeText | None = None

    @property
    def name(self) -> str:
        """What reports call them."""
        return label(self.subject)

    @property
    def service(self) -> str:
        """The service that assumes their role."""
        return SERVICES[self.kind]

    def takes(self, namespace: MaybeText, labels: Mapping[str, MaybeText] | None) -> Match:
        """Whether a Fargate profile runs these pods, and so no other nodes do; labels None are not known.

        https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html
        """
        return best(_means(each, namespace, labels) for each in self.selectors)

    def places(self, site: Site) -> Iterator[Place]:
        """Where they are, a subnet at a time: whether there is a public address may differ."""
        for key in self.subnets:
            subnet, address = found(site.network.subnets, key), self.public_ip
            if address is None:
                address = subnet.maps_public_ip if subnet else Unknown(f"public addresses in {describe(key)}")
            yield Place(
                name=self.subject.logical_id,
                subnets=(key,),
                security_groups=self.security_groups,
                public_ip=address,
                has_proxy=self.has_proxy,
            )


def _means(selector: Selector, namespace: MaybeText, labels: Mapping[str, MaybeText] | None) -> Match:
    wanted = (Match.PERHAPS if labels is None else _has(labels, *each) for each in selector.labels)
    return worst((matches_resource(selector.namespace, namespace), *wanted))


def _has(labels: Mapping[str, MaybeText], name: MaybeText, value: MaybeText) -> Match:
    """Whether pods have a label; open labels may have any."""
    own = labels.get(name) if isinstance(name, str) else None
    given = [*labels.items(), *([] if own is None else [(name, own)])]
    return best(worst((matches_resource(name, mine), matches_resource(value, each))) for mine, each in given)


def nodes(site: Site, cluster: Key | None = None) -> Iterator[Nodes]:
    """All of the site's clusters, or of one."""
    for each in site.eks.clusters.values():
        if cluster in {None, each.key}:
            yield from (_managed(group, each, site) for group in groups_of(each, site))
            if each.auto_mode is True and each.node_pools:
                yield _auto(each)
            yield from (_fargate(profile, each) for profile in profiles_of(each, site))


def groups_of(cluster: EksCluster, site: Site) -> list[NodeGroup]:
    """The managed node groups of a cluster."""
    return [each for each in site.eks.node_groups.values() if each.cluster in names_of(cluster)]


def profiles_of(cluster: EksCluster, site: Site) -> list[FargateProfile]:
    """The Fargate profiles of a cluster."""
    return [each for each in site.eks.fargate_profiles.values() if each.cluster in names_of(cluster)]


def add_ons_of(cluster: EksCluster, site: Site) -> list[AddOn]:
    """The add-ons of a cluster."""
    return [each for each in site.eks.add_ons.values() if each.cluster in names_of(cluster)]


def doubtful(things: Iterable[AddOn | AccessEntry | PodIdentity], site: Site) -> str:
    """The first of some things that may be of any cluster, and why; empty where there is none."""
    for each in things:
        if is_stray(each.cluster, site):
            return f"the cluster of {each.subject.logical_id}: {describe(each.cluster)}"
    return ""


def is_stray(cluster: Key, site: Site) -> bool:
    """Whether nobody knows which cluster this is."""
    return is_leaf(cluster) and cluster not in site.eks.clusters


def names_of(cluster: EksCluster) -> set[Key]:
    """What a cluster may be called by: its key, and its name where that is known."""
    return {cluster.key} | ({cluster.name} if isinstance(cluster.name, str) else set())


def arns_of(cluster: EksCluster) -> tuple[Key, ...]:
    """The ways to write a cluster in a policy."""
    names = (each for each in (cluster.key, cluster.name) if each is not None)
    return (cluster.key, *(arn("eks", "cluster/", name) for name in names))


def template_of(group: NodeGroup, site: Site) -> LaunchTemplate | None:
    """The launch template that a node group names, where the site has it."""
    return found(site.scaling.launch_templates, group.launch_template)


def control_plane(cluster: EksCluster) -> Place:
    """Where the control plane's interfaces are: EKS adds its own security group to those given."""
    return Place(
        name=cluster.subject.logical_id,
        subnets=cluster.subnets,
        security_groups=(cluster.security_group, *cluster.security_groups),
    )


def _managed(group: NodeGroup, cluster: EksCluster, site: Site) -> Nodes:
    template = template_of(group, site)
    groups: tuple[Key, ...] = (cluster.security_group,)
    if template and template.security_groups:
        groups = template.security_groups
    elif template is None and group.launch_template is not None:
        groups = (Unknown(f"the security groups of {describe(group.launch_template)}"),)
    return Nodes(
        kind="managed",
        subject=group.subject,
        cluster=cluster,
        role=group.role,
        subnets=group.subnets,
        security_groups=groups,
        public_ip=template.public_ip if template else None,
        has_proxy=bool(template and template.has_proxy),
    )


def _auto(cluster: EksCluster) -> Nodes:
    """The nodes of the built-in pools are in the cluster's subnets and in its security group."""
    return Nodes(
        kind="auto",
        subject=cluster.subject,
        cluster=cluster,
        role=cluster.node_role,
        subnets=cluster.subnets,
        security_groups=(cluster.security_group,),
    )


def _fargate(profile: FargateProfile, cluster: EksCluster) -> Nodes:
    return Nodes(
        kind="fargate",
        subject=profile.subject,
        cluster=cluster,
        role=profile.role,
        subnets=profile.subnets,
        security_groups=(cluster.security_group,),
        public_ip=False,
        selectors=profile.selectors,
        profile=profile.name,
    )
