"""Where services are in the network, and what a proof of reachability blames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.deployment.instances import launch_template, of_group
from cais.rules.deployment.joining import may_run
from cais.site.model.values import Unknown, found
from cais.site.reach import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.rules.services import Run
    from cais.site.model.balancing import LoadBalancer
    from cais.site.model.ecs import Service
    from cais.site.model.site import Site
    from cais.site.model.values import Key
    from cais.site.proof import Proof

GROUP = "AWS::EC2::SecurityGroup"
OPEN = Place(name="the instances of the cluster", subnets=(), security_groups=())
"""Where instances are of which nobody knows."""
ANYWHERE = Place(name="whoever runs the task", subnets=(), security_groups=())
"""Where a task is that no service of the site runs."""


def of_tasks(service: Service, site: Site) -> Place:
    """Where the tasks of a service are that have network interfaces of their own."""
    return Place(
        name=service.subject.logical_id,
        subnets=service.subnets,
        security_groups=service.security_groups or _default_groups(service.subnets, site),
        public_ip=service.assign_public_ip,
    )


def of_balancer(balancer: LoadBalancer) -> Place:
    """Where a load balancer is; one without groups is filtered by none."""
    return Place(
        name=balancer.subject.logical_id,
        subnets=balancer.subnets,
        security_groups=balancer.security_groups,
    )


def of_start(run: Run, site: Site) -> Place:
    """From where an image is pulled, secrets are fetched and logs are written.

    Fargate does that from the task's own interface, everything else from the instances.
    """
    if run.service and run.service.launch_type == "FARGATE":
        return of_tasks(run.service, site)
    return of_instances(run.service, site) if run.service else ANYWHERE


def of_instances(service: Service, site: Site) -> Place:
    """Where the instances are that run the tasks of a service; open where some may be elsewhere."""
    known = may_run(service, site) if service.launch_type == "EC2" else None
    groups = [each for each in known or () if each.maximum != 0]
    templates = [launch_template(group, site) for group in groups]
    places = [of_group(group, each, site) for group, each in zip(groups, templates, strict=True) if each]
    subnets = tuple(dict.fromkeys(key for each in places for key in each.subnets))
    filters = {(each.security_groups, each.public_ip) for each in places}
    if len(filters) != 1 or len(places) < len(groups):
        return OPEN
    return Place(
        name=" and ".join(each.name for each in places),
        subnets=subnets,
        security_groups=places[0].security_groups or _default_groups(subnets, site),
        public_ip=places[0].public_ip,
        has_proxy=any(each.has_proxy for each in places),
    )


def _default_groups(subnets: tuple[Key, ...], site: Site) -> tuple[Key, ...]:
    """The default group of the subnets' VPC, which tasks get that name none."""
    for key in subnets:
        subnet = found(site.network.subnets, key)
        if subnet and (vpc := found(site.network.vpcs, subnet.vpc)):
            return (vpc.default_security_group,)
    return (Unknown("the default security group of the VPC"),)


def blamed(proof: Proof, causes: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The causes that go with the type of the resource to blame, or with "" where it is none."""
    return causes.get(proof.culprit.type if proof.culprit else "", causes[""])
