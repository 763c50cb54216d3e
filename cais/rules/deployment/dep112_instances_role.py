"""DEP112: the instances of the cluster may join it.

What breaks: an instance without a role, or with one that may not register, runs and never joins its cluster.

How it is proven: the launch template names an instance profile whose role trusts ec2.amazonaws.com and may
call `ecs:RegisterContainerInstance` on the cluster, `ecs:Poll` on its instances, and
`ecs:DiscoverPollEndpoint`, which is of no resource.

Fix: a profile with a role that has AWS's policy service-role/AmazonEC2ContainerServiceforEC2Role.

Sample:

    Launch:
      Type: AWS::EC2::LaunchTemplate
      Properties:
        LaunchTemplateData:
          UserData:
            Fn::Base64: !Sub |
              #!/bin/bash
              echo ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config
    Instances:
      Type: AWS::AutoScaling::AutoScalingGroup
      Properties:
        MinSize: "1"
        MaxSize: "2"
        VPCZoneIdentifier: [!Ref PrivateA, !Ref PrivateB]
        LaunchTemplate: {LaunchTemplateId: !Ref Launch, Version: "1"}
    Service:
      Type: AWS::ECS::Service
      Properties: {LaunchType: EC2}

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cais.rules.deployment.instances import launch_template, on_instances
from cais.rules.deployment.joining import groups_of
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.arns import arn
from cais.site.matching import ANY
from cais.site.model.values import Attribute, Unknown, describe, found
from cais.site.permission import may, may_by
from cais.site.proof import Proof, every
from cais.site.trust import service_may_assume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.ecs import Cluster, Service
    from cais.site.model.identity import Role
    from cais.site.model.scaling import AutoScalingGroup
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeText

RULE = Rule(id="DEP112", causes=("H28",))
ON_CLUSTER, ON_ANY, ON_INSTANCE = "ecs:RegisterContainerInstance", "ecs:DiscoverPollEndpoint", "ecs:Poll"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks the role of every group whose instances join the cluster of a service."""
    for service in on_instances(site):
        for group in groups_of(service, site):
            yield _judge(service, group, site)


def _judge(service: Service, group: AutoScalingGroup, site: Site) -> Finding:
    name = group.subject.logical_id
    claim = Claim(
        subject=group.subject,
        proven=f"The instances of {name} may join the cluster",
        refuted=f"The instances of {name} may not join the cluster",
        fix="Give them a role with AWS's policy service-role/AmazonEC2ContainerServiceforEC2Role.",
        settle="aws ecs list-container-instances --cluster CLUSTER",
        service=label(service.subject),
        aspect=name,
    )
    return RULE.judged(claim, _may_join(group, site.ecs.clusters[service.cluster], site))


def _may_join(group: AutoScalingGroup, cluster: Cluster, site: Site) -> Proof:
    template = launch_template(group, site)
    if template is None:
        return Proof(verdict="unproven", missing=f"what {group.subject.logical_id} is launched by")
    if template.instance_profile is None:
        said = f"{template.subject.logical_id} names no instance profile"
        return Proof(verdict="refuted", steps=(said,), culprit=template.subject)
    roles = list(_roles(template.instance_profile, site))
    if not roles:
        return Proof(verdict="unproven", missing=f"the role of {describe(template.instance_profile)}")
    trusts = (service_may_assume(role, "ec2.amazonaws.com") for role in roles)
    return every((*trusts, *(_calls(role, cluster, site) for role in roles)))


def _calls(role: Role, cluster: Cluster, site: Site) -> Proof:
    """Whether the role allows what an agent asks of ECS, each action on what IAM asks about."""
    keys = {"ecs:cluster": _arn(cluster.key)}
    names = [name for name in (cluster.key, cluster.name) if name is not None]
    clusters = (cluster.key, *(arn("ecs", "cluster/", name) for name in names))
    instances = (arn("ecs", "container-instance/", name, "/", ANY) for name in names)
    return every(
        (
            may_by(site, role, ON_CLUSTER, clusters),
            may(site, role, ON_ANY, "*", keys=keys),
            may_by(site, role, ON_INSTANCE, instances, keys=keys),
        )
    )


def _arn(cluster: Key) -> MaybeText:
    """A cluster's ARN; that of one which is only known by its name is open."""
    return replace(cluster, name="Arn") if isinstance(cluster, Attribute) else Unknown("the cluster's ARN")


def _roles(profile: Key, site: Site) -> Iterator[Role]:
    held = found(site.identity.instance_profiles, profile)
    for key in held.roles if held else ():
        if role := found(site.identity.roles, key):
            yield role
