"""EKS120: one security group of a node is tagged for its cluster.

What breaks: the load balancer controller opens the way from the load balancer to the pods in that security
group of a node which has the tag `kubernetes.io/cluster/NAME`. Among several groups it wants exactly one
with the tag; else there is no such rule, and targets never become healthy: "expected exactly one
securityGroup tagged with kubernetes.io/cluster/NAME for eni …". EKS tags its own group.

How it is proven: the security groups of the launch template, where it names several, and their tags.

Fix: take the tag off the others, or use the cluster's own group alone.

Sample:

    Launch:
      Type: AWS::EC2::LaunchTemplate
      Properties:
        LaunchTemplateData: {SecurityGroupIds: [!Ref NodesGroup, !GetAtt Kubernetes.ClusterSecurityGroupId]}
    NodesGroup:
      Type: AWS::EC2::SecurityGroup
      Properties:
        VpcId: !Ref Vpc
        GroupDescription: nodes
        Tags: [{Key: !Sub "kubernetes.io/cluster/${Kubernetes}", Value: owned}]
    Nodes:
      Properties: {LaunchTemplate: {Id: !Ref Launch}}

Sources: https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html,
https://github.com/kubernetes-sigs/aws-load-balancer-controller/blob/main/pkg/networking/networking_manager.go
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.nodes import nodes
from cais.rules.eks.ways import controller_of
from cais.rules.rule import Claim, Rule
from cais.site.matching import Match
from cais.site.model.values import describe, found
from cais.site.proof import Proof
from cais.template.text import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.nodes import Nodes
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="EKS120", causes=("K15",))
TAG = "kubernetes.io/cluster/"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Counts the groups of every group of nodes that has several, where the controller is installed."""
    for each in nodes(site):
        if len(each.security_groups) > 1 and controller_of(site, each.cluster.key):
            claim = Claim(
                subject=each.subject,
                proven="One security group of these nodes is tagged for the cluster",
                refuted="Not exactly one security group of these nodes is tagged for the cluster",
                fix="Leave the tag on one of them: EKS puts it on its own.",
                settle="aws ec2 describe-security-groups --group-ids GROUPS --query SecurityGroups[].Tags",
                service=each.name,
                aspect=each.kind,
            )
            yield RULE.judged(claim, _one(each, site))


def _one(given: Nodes, site: Site) -> Proof:
    tagged = {key: _is_tagged(key, given, site) for key in given.security_groups}
    steps = tuple(
        f"{describe(key)} is {'' if match is Match.YES else 'not '}tagged for the cluster"
        for key, match in tagged.items()
    )
    if Match.PERHAPS in tagged.values():
        open_group = next(key for key, match in tagged.items() if match is Match.PERHAPS)
        return Proof(verdict="unproven", missing=f"the tags of {describe(open_group)}")
    count = list(tagged.values()).count(Match.YES)
    return Proof(verdict="proven" if count == 1 else "refuted", steps=steps)


def _is_tagged(key: Key, given: Nodes, site: Site) -> Match:
    group, cluster = found(site.network.security_groups, key), given.cluster
    if key == cluster.security_group:
        return Match.YES
    if group is None:
        return Match.PERHAPS
    if isinstance(cluster.name, str) and TAG + cluster.name in group.tags:
        return Match.YES
    names = {join([TAG, name]) for name in (cluster.name, cluster.key) if name is not None}
    if names & {*group.tags, *group.open_tags}:
        return Match.YES
    return Match.PERHAPS if group.open_tags else Match.NO
