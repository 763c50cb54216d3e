"""IMG103: the task reaches CloudWatch Logs.

What breaks: with the log driver awslogs a container starts once it has a log stream. Without a way to
CloudWatch the task stops with "failed to initialize logging driver … i/o timeout".

How it is proven: as IMG101, for the endpoint `logs`. Where the task does not reach the registry of its image
either, IMG101 says so for both.

Fix: a NAT gateway, or the endpoint `logs`.

Sample:

    Closed: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: closed, VpcId: !Ref Vpc}}
    Logging:
      Type: AWS::EC2::VPCEndpoint
      Properties:
        ServiceName: !Sub "com.amazonaws.${AWS::Region}.logs"
        VpcEndpointType: Interface
        VpcId: !Ref Vpc
        SubnetIds: [!Ref PrivateA, !Ref PrivateB]
        SecurityGroupIds: [!GetAtt Closed.GroupId]
        PrivateDnsEnabled: true

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch-logs-and-interface-VPC.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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

RULE = Rule(id="IMG103", causes=("P27",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every service with a container that logs to CloudWatch."""
    for run in runs(site):
        logs = any(each.log and each.log.driver == "awslogs" for each in run.task.containers)
        if run.service and logs and not cut_off(run, site):
            claim = Claim(
                subject=run.service.subject,
                proven="The task reaches CloudWatch Logs",
                refuted="The task cannot reach CloudWatch Logs",
                fix="Give it a NAT gateway, or the endpoint logs.",
                settle="Name the templates of the network, too.",
                service=run.name,
            )
            yield RULE.judged(claim, reaches_service(site, of_start(run, site), Service(name="logs")))
