"""IMG117: the subnets of an Express Mode service are of one kind.

What breaks: Express Mode makes a load balancer that faces the internet in public subnets, an internal one in
private subnets. Of both at once it is refused ("mixed subnet type").

How it is proven: the default route of every subnet of the service leads to an internet gateway, or of none.

Fix: name the public subnets only, or the private ones only.

Sample:

    Express:
      Type: AWS::ECS::ExpressGatewayService
      Properties:
        ExecutionRoleArn: !GetAtt ExecutionRole.Arn
        InfrastructureRoleArn: !GetAtt ExecutionRole.Arn
        PrimaryContainer: {Image: nginx}
        NetworkConfiguration: {Subnets: [!Ref PublicA, !Ref PrivateB]}

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-work.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.rule import Claim, Rule
from cais.rules.services import runs
from cais.site.internet import is_public
from cais.site.model.values import Unknown, describe, found
from cais.site.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.ecs import Service
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeFlag

RULE = Rule(id="IMG117", causes=("P31",), speed="fast")


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Looks at the subnets of every Express Mode service."""
    for run in runs(site):
        if run.service and run.service.controller == "EXPRESS":
            claim = Claim(
                subject=run.service.subject,
                proven="The subnets are all public, or all private",
                refuted="Some of the subnets are public, others private",
                fix="Name the public subnets only, or the private ones only.",
                settle="Name the templates of the network, too.",
                service=run.name,
            )
            yield RULE.judged(claim, _one_kind(run.service, site))


def _one_kind(service: Service, site: Site) -> Proof:
    kinds = {describe(key): _is_public(key, site) for key in service.subnets}
    steps = tuple(f"{name} is {'public' if kind is True else 'private'}" for name, kind in kinds.items())
    if {True, False} <= set(kinds.values()):
        return Proof(verdict="refuted", steps=steps)
    open_ones = [kind for kind in kinds.values() if isinstance(kind, Unknown)]
    if open_ones:
        return Proof(verdict="unproven", missing=describe(open_ones[0]))
    return Proof(verdict="proven", steps=steps)


def _is_public(key: Key, site: Site) -> MaybeFlag:
    subnet = found(site.network.subnets, key)
    return is_public(site, subnet) if subnet else Unknown(f"the subnet {describe(key)}")
