"""DEP110: the cluster has an instance for the tasks.

What breaks: a service of the launch type EC2 in a cluster without instances: "unable to place a task
because no container instance met all of its requirements", and the stack waits for hours.

How it is proven: for each service of a cluster of the templates: an auto scaling group joins the cluster,
by the `ECS_CLUSTER` of user data that is run, or Bottlerocket's `settings.ecs.cluster`, and gets an instance:
it starts with one, or a capacity provider adds it. That provider does not make it join; nor does user data
that mentions the cluster elsewhere. User data that names another cluster, or none with an image of ECS,
refutes that. Where the templates make other instances, or nobody sees what a group joins, it is left open. So
is a cluster with a name, which instances from elsewhere may join.

Fix: `LaunchType: FARGATE`, or an auto scaling group whose user data names the cluster, and a capacity
provider for it.

Sample:

    Service:
      Type: AWS::ECS::Service
      Properties: {LaunchType: EC2}

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html,
https://github.com/aws/aws-cdk/issues/14108
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.deployment.instances import foreign_providers, managed_providers, on_instances, stocked
from cais.rules.deployment.joining import each_joining
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.builders.values import known
from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.ecs import Service
    from cais.site.model.site import Site

RULE = Rule(id="DEP110", causes=("H28",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks for instances of every service that runs on them."""
    for service in on_instances(site):
        if service.desired != 0:
            yield _judge(service, site)


def _judge(service: Service, site: Site) -> Finding:
    cluster = site.ecs.clusters[service.cluster]
    name = cluster.subject.logical_id
    proofs = each_joining(cluster, site)
    joining = [group for group, proof in proofs if proof.holds]
    sizes = [(group, stocked(group, service, site)) for group in joining]
    filled = [group for group, proof in sizes if proof.holds]
    claim = Claim(
        subject=service.subject,
        proven=f"{name} has instances for the tasks of {service.subject.logical_id}",
        refuted=f"{name} has no instance for the tasks of {service.subject.logical_id}",
        fix=f"Set LaunchType to FARGATE, or let instances join by ECS_CLUSTER=${{{name}}} in user data.",
        settle=f"aws ecs list-container-instances --cluster {known(cluster.name) or f'${{{name}}}'}",
        service=label(service.subject),
    )
    if filled:
        return RULE.proven(claim, f"The instances of {filled[0].subject.logical_id} join it")
    if managed := managed_providers(service, site):
        return RULE.proven(claim, f"ECS launches them itself, by {managed[0]}")
    missing = [
        *(proof.missing for _, proof in sizes if proof.verdict == "unproven"),
        *(f"what the capacity provider {each} launches" for each in foreign_providers(service, site)),
        *(proof.missing for _, proof in proofs if proof.verdict == "unproven"),
        *(f"whether {each.logical_id} joins it" for each in site.scaling.other_instances),
        *site.gaps,
        *([f"whether instances from elsewhere join {describe(cluster.name)}"] if cluster.name else []),
    ]
    if missing or cluster.subject.template != service.subject.template:
        return RULE.unproven(claim, missing[0] if missing else f"what else {cluster.subject.template} serves")
    elsewhere = [step for _, proof in proofs if proof.verdict == "refuted" for step in proof.steps]
    none = [step for _, proof in sizes for step in proof.steps]
    return RULE.refuted(claim, *none, *elsewhere)
