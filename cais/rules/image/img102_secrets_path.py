"""IMG102: the task reaches what keeps its secrets.

What breaks: ECS fetches secrets before the container starts, through the task's own network. Without a way
to Secrets Manager or Systems Manager the task stops with "unable to retrieve secrets … context deadline
exceeded".

How it is proven: as IMG101, for the endpoints `secretsmanager` and `ssm`. Where the task does not reach the
registry of its image either, IMG101 says so for both.

Fix: a NAT gateway, or the endpoint of the service that keeps the secrets.

Sample:

    Closed: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: closed, VpcId: !Ref Vpc}}
    Secrets:
      Type: AWS::EC2::VPCEndpoint
      Properties:
        ServiceName: !Sub "com.amazonaws.${AWS::Region}.secretsmanager"
        VpcEndpointType: Interface
        VpcId: !Ref Vpc
        SubnetIds: [!Ref PrivateA, !Ref PrivateB]
        SecurityGroupIds: [!GetAtt Closed.GroupId]
        PrivateDnsEnabled: true

Sources: https://docs.aws.amazon.com/secretsmanager/latest/userguide/vpc-endpoint-overview.html,
https://github.com/umotif-public/terraform-aws-ecs-fargate/issues/50
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.image.permissions import manager
from cais.rules.image.registries import cut_off
from cais.rules.places import of_start
from cais.rules.rule import Claim, Rule
from cais.rules.services import runs
from cais.site.endpoints import Service
from cais.site.reach import reaches_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site

RULE = Rule(id="IMG102", causes=("P22",))
NAMES = {"secretsmanager": "Secrets Manager", "ssm": "Systems Manager"}


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every service that keeps secrets of a task."""
    for run in runs(site):
        kept = {manager(secret, site) for container in run.task.containers for secret in container.secrets}
        for keeper in sorted(kept - {None}, key=str) if run.service and not cut_off(run, site) else ():
            name = NAMES[str(keeper)]
            claim = Claim(
                subject=(run.service or run.task).subject,
                proven=f"The task reaches {name}, which keeps its secrets",
                refuted=f"The task cannot reach {name}, which keeps its secrets",
                fix=f"Give it a NAT gateway, or the endpoint {keeper}.",
                settle="Name the templates of the network, too.",
                service=run.name,
                aspect=name,
            )
            yield RULE.judged(claim, reaches_service(site, of_start(run, site), Service(name=str(keeper))))
