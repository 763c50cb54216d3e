"""DEP110: the cluster has an instance for the tasks.

What breaks: a service of the launch type EC2 in a cluster without instances: "unable to place a task
because no container instance met all of its requirements", and the stack waits for hours.

How it is proven: for each service of a cluster of the templates: an auto scaling group joins the cluster,
by a capacity provider or by its user data, and may have instances. Where the templates make other
instances, or groups of which nobody sees what they join, it is left open. So is a cluster with a name, which
instances from elsewhere may join.

Fix: `LaunchType: FARGATE`, or a capacity provider with an auto scaling group.

Sample:

    Service:
      Type: AWS::ECS::Service
      Properties: {LaunchType: EC2}

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html,
https://github.com/aws/aws-cdk/issues/14108
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.deployment.instances import foreign_providers, groups_of, managed_providers, on_instances
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.ecs import Service
    from cais.site.model.scaling import AutoScalingGroup
    from cais.site.model.site import Site

RULE = Rule(id="DEP110", causes=("H28",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks for instances of every service that runs on them."""
    for service in on_instances(site):
        if service.desired != 0:
            yield _judge(service, site)


def _judge(service: Service, site: Site) -> Finding:
    cluster, groups = site.ecs.clusters[service.cluster], groups_of(service, site)
    name = cluster.subject.logical_id
    filled = [group for group in groups if group.maximum != 0]
    claim = Claim(
        subject=service.subject,
        proven=f"{name} has instances for the tasks of {service.subject.logical_id}",
        refuted=f"{name} has no instance for the tasks of {service.subject.logical_id}",
        fix="Set LaunchType to FARGATE, or give the cluster a capacity provider with an auto scaling group.",
        settle=f"aws ecs list-container-instances --cluster {name}",
        service=label(service.subject),
    )
    if filled and isinstance(filled[0].maximum, int):
        return RULE.proven(claim, f"The instances of {filled[0].subject.logical_id} join it")
    if managed := managed_providers(service, site):
        return RULE.proven(claim, f"ECS launches them itself, by {managed[0]}")
    missing = [
        *(f"how large {each.subject.logical_id} may be: {describe(each.maximum or '')}" for each in filled),
        *(f"what the capacity provider {each} launches" for each in foreign_providers(service, site)),
        *(f"whether {each.subject.logical_id} joins it" for each in _others(groups, site)),
        *(f"whether {each.logical_id} joins it" for each in site.scaling.other_instances),
        *site.gaps,
        *([f"whether instances from elsewhere join {describe(cluster.name)}"] if cluster.name else []),
    ]
    if missing or cluster.subject.template != service.subject.template:
        return RULE.unproven(claim, missing[0] if missing else f"what else {cluster.subject.template} serves")
    return RULE.refuted(claim, *(f"{each.subject.logical_id} has at most 0 instances" for each in groups))


def _others(groups: tuple[AutoScalingGroup, ...], site: Site) -> list[AutoScalingGroup]:
    return [each for each in site.scaling.auto_scaling_groups.values() if each not in groups]
