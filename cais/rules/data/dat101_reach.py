"""DAT101: the client reaches its database.

What breaks: the database's security group does not admit the client's, or the client's own group lets
nothing out to the port: connections wait until they time out. A health check that asks the database fails
with them, and ECS kills task after task. A function outside of the VPC reaches no database that has no
public address.

How it is proven: for every container, function and Helm release that a variable or a secret tells of a
database or a proxy: both security groups and network ACLs let its port pass, between all subnets that the
two may be in. A client that takes the database's secret alone may go another way, so it is left open.

Fix: open the database's port in its security group for the client's.

Sample:

    DatabaseGroup:
      Type: AWS::EC2::SecurityGroup
      Properties:
        SecurityGroupIngress: []

Sources: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html,
https://docs.aws.amazon.com/lambda/latest/dg/services-rds.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.data.consumers import links
from cais.rules.data.engines import port_of
from cais.rules.rule import Claim, Rule, shown
from cais.site.model.data import DatabaseProxy
from cais.site.model.values import describe, found
from cais.site.proof import Proof, every
from cais.site.reach import Place, reaches_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.data.consumers import Consumer, Link
    from cais.site.model.data import Database
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="DAT101", causes=("A2",))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every pair of client and database."""
    for link in links(site):
        yield _judge(link, site)


def _judge(link: Link, site: Site) -> Finding:
    consumer, target, variable = link.consumer, link.target, link.variable
    name, port = target.subject.logical_id, port_of(target)
    claim = Claim(
        subject=consumer.subject,
        proven=f"{consumer.aspect} reaches {name} on port {shown(port)}, which {variable} names",
        refuted=f"{consumer.aspect} cannot reach {name} on port {shown(port)}, which {variable} names",
        fix=f"Open port {shown(port)} from the client's security group to that of {name}.",
        settle="Name the templates of the network, too.",
        service=consumer.name,
        aspect=f"{consumer.aspect} {name}",
    )
    if not isinstance(port, int):
        return RULE.unproven(claim, describe(port))
    proof = _reaches(consumer, target, port, site)
    if proof.verdict == "refuted" and not link.sure:
        return RULE.unproven(claim, f"whether it goes to {name} by another way", *proof.steps)
    return RULE.judged(claim, proof)


def _reaches(consumer: Consumer, target: Database | DatabaseProxy, port: int, site: Site) -> Proof:
    if consumer.place is None:
        return _from_outside(consumer, target)
    name = target.subject.logical_id
    if not consumer.place.subnets or not target.subnets:
        whose = name if consumer.place.subnets else consumer.place.name
        return Proof(verdict="unproven", missing=f"the subnets of {whose}")
    place = Place(name=name, subnets=target.subnets, security_groups=target.security_groups)
    return every(
        (_same_network(consumer.place, place, site), reaches_port(site, consumer.place, place, port))
    )


def _from_outside(consumer: Consumer, target: Database | DatabaseProxy) -> Proof:
    """A function without a VPC gets to public addresses alone."""
    name = target.subject.logical_id
    if isinstance(target, DatabaseProxy) or target.public is False:
        step = f"{consumer.aspect} is in no VPC, and {name} has no public address"
        return Proof(verdict="refuted", steps=(step,))
    return Proof(verdict="unproven", missing=f"who may reach the public address of {name}")


def _same_network(source: Place, target: Place, site: Site) -> Proof:
    """Whether both are in one VPC; else peering, or something like it, has to connect them."""
    here, there = _networks(source.subnets, site), _networks(target.subnets, site)
    if here and there and not here & there:
        return Proof(
            verdict="unproven", missing=f"how the VPCs of {source.name} and {target.name} are connected"
        )
    return Proof(verdict="proven")


def _networks(subnets: tuple[Key, ...], site: Site) -> set[Key]:
    return {subnet.vpc for key in subnets if (subnet := found(site.network.subnets, key))}
