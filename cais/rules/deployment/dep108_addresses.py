"""DEP108: the subnets have an address for every task.

What breaks: a task with a network interface of its own takes an address of its subnet. When a deployment
doubles the tasks and the addresses run out, the new ones stay in PROVISIONING.

How it is proven: the addresses of the service's subnets, less the five that AWS keeps in each, against its
copies. Too few for the copies is refuted; too few for a deployment at its highest percentage is advice.

Fix: more or larger subnets.

Sample:

    PrivateA:
      Type: AWS::EC2::Subnet
      Properties:
        CidrBlock: 10.0.10.0/28
    Service:
      Type: AWS::ECS::Service
      Properties:
        DesiredCount: 12
        NetworkConfiguration:
          AwsvpcConfiguration:
            SecurityGroups: [!Ref TaskGroup]
            Subnets: [!Ref PrivateA]

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html,
https://github.com/aws/containers-roadmap/issues/880
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule
from cais.rules.services import copies, label
from cais.site.model.values import found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.ecs import Service
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="DEP108", causes=("H31",))
RESERVED = 5
LENGTH = re.compile(r"3[0-2]|[12]?[0-9]")
"""The length of an IPv4 network's prefix, in bits."""


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Counts the addresses of every service whose subnets and copies are known."""
    for service in site.ecs.services.values():
        sizes = [_addresses(key, site) for key in service.subnets]
        desired = copies(service, site)
        known = [size for size in sizes if size is not None]
        if known and len(known) == len(sizes) and isinstance(desired, int):
            yield _judge(service, desired=desired, addresses=sum(known))


def _judge(service: Service, *, desired: int, addresses: int) -> Finding:
    percent = service.maximum_percent if isinstance(service.maximum_percent, int) else 200
    most = desired * percent // 100
    claim = Claim(
        subject=service.subject,
        proven=f"The subnets have {addresses} addresses for at most {most} tasks",
        refuted=f"The subnets have {addresses} addresses for {desired} tasks, {most} during a deployment",
        fix="Give the service more or larger subnets.",
        service=label(service.subject),
    )
    if addresses < desired:
        return RULE.refuted(claim)
    return RULE.proven(claim) if addresses >= most else RULE.advice(claim)


def _addresses(key: Key, site: Site) -> int | None:
    """How many addresses a subnet has for tasks; None where its size is not known."""
    subnet = found(site.network.subnets, key)
    cidr = subnet.cidr if subnet else None
    length = cidr.rpartition("/")[2] if isinstance(cidr, str) else ""
    return max(0, 2 ** (32 - int(length)) - RESERVED) if LENGTH.fullmatch(length) else None
