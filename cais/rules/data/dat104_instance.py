"""DAT104: the cluster has an instance to connect to, and it is there first.

What breaks: an Aurora cluster is storage and an address; without an instance nothing answers there. Its
address is known minutes before its instances are made: a service that waits for the cluster alone starts
tasks that find no database, and a circuit breaker gives up on them.

How it is proven: some instance names the cluster, and what uses the cluster in the same stack depends on
one. Clusters that bring their own, Multi-AZ ones and those of Aurora Serverless v1, need none. An instance
that comes later is advice: an image that waits for its database comes up all the same.

Fix: add an `AWS::RDS::DBInstance` with the cluster's identifier, and let the service depend on it.

Sample:

    Database:
      Type: AWS::RDS::DBCluster
      Properties:
        Engine: aurora-postgresql
        Port: 5432
        DBInstanceClass: !Ref AWS::NoValue

Sources: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.CreateInstance.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbcluster.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.data.consumers import links
from cais.rules.rule import Claim, Rule
from cais.site.model.data import Database
from cais.site.model.values import Attribute, describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.data.consumers import Link
    from cais.site.model.site import Site

RULE = Rule(id="DAT104", causes=("A6", "A14"))


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every client of a cluster of Aurora."""
    for link in links(site):
        if isinstance(link.target, Database) and needs_instance(link.target):
            yield _judge(link, link.target, site)


def needs_instance(target: Database) -> bool:
    """Whether this is a cluster to which instances are added."""
    return (
        target.kind == "cluster"
        and str(target.engine).startswith("aurora")
        and target.engine_mode == "provisioned"
    )


def _judge(link: Link, cluster: Database, site: Site) -> Finding:
    consumer = link.consumer
    name = cluster.subject.logical_id
    instances = [each for each in site.data.databases.values() if each.cluster == cluster.key]
    first = [each for each in instances if site.depends(consumer.subject, each.subject)]
    claim = Claim(
        subject=consumer.subject if instances else cluster.subject,
        proven=f"{name} has an instance before {consumer.aspect} starts",
        refuted=f"{consumer.aspect} may start before {name} has an instance"
        if instances
        else f"{name} has no instance that {consumer.aspect} could connect to",
        fix=f"Let {consumer.subject.logical_id} depend on {instances[0].subject.logical_id}."
        if instances
        else "Add an AWS::RDS::DBInstance with the cluster's identifier.",
        settle=f"aws rds describe-db-clusters --db-cluster-identifier {name}",
        service=consumer.name,
        aspect=f"{consumer.aspect} {name}",
        causes=("A14",) if instances else ("A6",),
    )
    if first:
        return RULE.proven(claim, f"{consumer.subject.logical_id} depends on {first[0].subject.logical_id}")
    if instances:
        return RULE.advice(claim)
    unknown = [
        f"the cluster of {each.subject.logical_id}: {describe(each.cluster)}"
        for each in site.data.databases.values()
        if each.cluster is not None and not isinstance(each.cluster, Attribute)
    ]
    other_ways = [] if link.sure else ["whether it goes to it by another way"]
    missing = [*site.gaps, *unknown, *other_ways]
    return RULE.unproven(claim, missing[0]) if missing else RULE.refuted(claim)
