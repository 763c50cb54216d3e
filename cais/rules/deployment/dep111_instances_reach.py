"""DEP111: the instances of the cluster reach ECS.

What breaks: an instance joins its cluster over the network. In private subnets without a NAT gateway or the
endpoints `ecs`, `ecs-agent` and `ecs-telemetry`, or in public ones without a public address, the agent never
registers: the cluster stays empty, and no task is placed.

How it is proven: from each subnet of the auto scaling group, port 443 of the three services: routes, NAT and
public addresses, endpoints, groups and network ACLs.

Fix: a NAT gateway, a public address in a public subnet, or the three endpoints.

Sample:

    PrivateRoute:
      Type: AWS::EC2::Route
      Properties:
        DestinationCidrBlock: 10.1.0.0/16
    Launch:
      Type: AWS::EC2::LaunchTemplate
      Properties:
        LaunchTemplateData:
          SecurityGroupIds: [!GetAtt TaskGroup.GroupId]
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

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/launch_container_instance.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.deployment.instances import launch_template, of_group, on_instances
from cais.rules.deployment.joining import groups_of
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.endpoints import Service as AwsService
from cais.site.proof import Proof, every
from cais.site.reach import reaches_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.ecs import Service
    from cais.site.model.scaling import AutoScalingGroup
    from cais.site.model.site import Site

RULE = Rule(id="DEP111", causes=("H28",))
SERVICES = ("ecs", "ecs-agent", "ecs-telemetry")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every group whose instances join the cluster of a service."""
    for service in on_instances(site):
        for group in groups_of(service, site):
            yield _judge(service, group, site)


def _judge(service: Service, group: AutoScalingGroup, site: Site) -> Finding:
    name = group.subject.logical_id
    claim = Claim(
        subject=group.subject,
        proven=f"The instances of {name} reach ECS, which has to know them",
        refuted=f"The instances of {name} cannot reach ECS, so they never join the cluster",
        fix=f"Give them NAT, a public address in a public subnet, or the endpoints {', '.join(SERVICES)}.",
        settle="Name the templates of the network, too.",
        service=label(service.subject),
        aspect=name,
    )
    return RULE.judged(claim, _reaches(group, site))


def _reaches(group: AutoScalingGroup, site: Site) -> Proof:
    template = launch_template(group, site)
    if template is None:
        return Proof(verdict="unproven", missing=f"what {group.subject.logical_id} is launched by")
    place = of_group(group, template, site)
    return every(reaches_service(site, place, AwsService(name=name)) for name in SERVICES)
