"""Where services are in the network, and what a proof of reachability blames."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

    Fargate does that from the task's own interface, everything else from the instances, which are open here.
    """
    if run.service and run.service.launch_type == "FARGATE":
        return of_tasks(run.service, site)
    return Place(name="the instances of the cluster", subnets=(), security_groups=())


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
