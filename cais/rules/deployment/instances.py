"""The instances of EC2 on which the tasks of a service run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.model.values import Attribute, Unknown, describe, found
from cais.site.proof import Proof
from cais.site.reach import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.site.model.ecs import Service
    from cais.site.model.scaling import AutoScalingGroup, LaunchTemplate
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeFlag

FARGATE = {"FARGATE", "FARGATE_SPOT"}


def on_instances(site: Site) -> Iterator[Service]:
    """The services that run on instances, of clusters of the site."""
    for service in site.ecs.services.values():
        if service.launch_type == "EC2" and service.cluster in site.ecs.clusters:
            yield service


def provided_groups(service: Service, site: Site) -> set[Key | None]:
    """The keys of the groups that the capacity providers of the cluster scale."""
    cluster = site.ecs.clusters[service.cluster]
    providers = {*cluster.capacity_providers, *(each.provider for each in service.strategy)}
    return {
        provider.auto_scaling_group
        for key, provider in site.ecs.capacity_providers.items()
        if key in providers or provider.name in providers or provider.cluster == cluster.key
    }


def managed_providers(service: Service, site: Site) -> list[str]:
    """The capacity providers of the cluster whose instances ECS launches itself."""
    cluster = site.ecs.clusters[service.cluster]
    named = {*cluster.capacity_providers, *(each.provider for each in service.strategy)}
    return [
        provider.subject.logical_id
        for key, provider in site.ecs.capacity_providers.items()
        if provider.auto_scaling_group is None
        and (key in named or provider.name in named or provider.cluster == cluster.key)
    ]


def foreign_providers(service: Service, site: Site) -> list[str]:
    """The capacity providers of the cluster that are not of the site."""
    cluster = site.ecs.clusters[service.cluster]
    named = (*cluster.capacity_providers, *(each.provider for each in service.strategy))
    known = {*site.ecs.capacity_providers, *(each.name for each in site.ecs.capacity_providers.values())}
    return [describe(each) for each in named if each not in known and each not in FARGATE]


def stocked(group: AutoScalingGroup, service: Service, site: Site) -> Proof:
    """Whether a group gets an instance: it starts with one, or ECS adds one for the service."""
    name = group.subject.logical_id
    start = group.minimum if group.desired is None else group.desired
    if group.maximum == 0:
        return Proof(verdict="refuted", steps=(f"{name} has at most 0 instances",))
    if not isinstance(group.maximum, int):
        return Proof(verdict="unproven", missing=f"how large {name} may be: {describe(group.maximum or '')}")
    if start != 0:
        known = isinstance(start, int)
        missing = "" if known else f"with how many instances {name} starts"
        return Proof(verdict="proven" if known else "unproven", missing=missing)
    providers = [
        each for each in site.ecs.capacity_providers.values() if each.auto_scaling_group == group.key
    ]
    chosen = {
        each.provider for each in service.strategy or site.ecs.clusters[service.cluster].default_strategy
    }
    if any(each.managed_scaling is True and {each.key, each.name} & chosen for each in providers):
        return Proof(verdict="proven")
    if any(each.managed_scaling is not False for each in providers) or any(
        each == group.key or not isinstance(each, Attribute) for each in site.scaling.scaled
    ):
        return Proof(verdict="unproven", missing=f"whether {name}, which starts with 0 instances, gets one")
    return Proof(verdict="refuted", steps=(f"{name} starts with 0 instances, and nothing here adds one",))


def launch_template(group: AutoScalingGroup, site: Site) -> LaunchTemplate | None:
    """What the instances of a group are launched by."""
    return found(site.scaling.launch_templates, group.launch_template)


def of_group(group: AutoScalingGroup, template: LaunchTemplate, site: Site) -> Place:
    """Where the instances of a group are."""
    return Place(
        name=group.subject.logical_id,
        subnets=group.subnets,
        security_groups=template.security_groups,
        public_ip=_public_ip(group, template, site),
        has_proxy=template.has_proxy,
    )


def _public_ip(group: AutoScalingGroup, template: LaunchTemplate, site: Site) -> MaybeFlag:
    """Whether they have public addresses: as the template says, else as every subnet does."""
    if template.public_ip is not None:
        return template.public_ip
    subnets = [found(site.network.subnets, key) for key in group.subnets]
    flags = {subnet.maps_public_ip for subnet in subnets if subnet}
    return flags.pop() if len(flags) == 1 else Unknown(f"public addresses of {group.subject.logical_id}")
