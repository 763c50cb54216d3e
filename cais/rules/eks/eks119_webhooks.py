"""EKS119: the control plane reaches webhooks on the nodes.

What breaks: Kubernetes asks a webhook of the load balancer controller before it takes an Ingress, from the
control plane's interfaces to the pod's own port, 9443. Where the nodes' security group does not let that
in, every Ingress fails with "failed calling webhook … context deadline exceeded", and so does `kubectl
logs` on 10250.

How it is proven: where a launch template gives nodes security groups of its own, in the place of the
cluster's: both ports from the control plane's groups to the nodes'.

Fix: add the cluster's own security group to the launch template, or open 9443 and 10250 from it.

Sample:

    Launch:
      Type: AWS::EC2::LaunchTemplate
      Properties: {LaunchTemplateData: {SecurityGroupIds: [!Ref NodesGroup]}}
    NodesGroup:
      Type: AWS::EC2::SecurityGroup
      Properties: {VpcId: !Ref Vpc, GroupDescription: nodes, SecurityGroupIngress: []}
    Nodes:
      Properties: {LaunchTemplate: {Id: !Ref Launch}}

Sources: https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html,
https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.nodes import control_plane, nodes
from cais.rules.eks.ways import controller_of
from cais.rules.rule import Claim, Rule
from cais.site.proof import every
from cais.site.reach import Place, reaches_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.nodes import Nodes
    from cais.site.model.site import Site
    from cais.site.proof import Proof

RULE = Rule(id="EKS119", causes=("K14",))
KUBELET, WEBHOOK = 10250, 9443


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks where nodes have security groups of their own."""
    for each in nodes(site):
        if each.kind == "managed" and each.cluster.security_group not in each.security_groups:
            claim = Claim(
                subject=each.subject,
                proven="The control plane reaches the kubelets and the webhooks on these nodes",
                refuted="The control plane does not reach the kubelets or the webhooks on these nodes",
                fix="Add the cluster's own security group to the launch template, or open 9443 and 10250.",
                settle="aws ec2 describe-security-groups --group-ids GROUP",
                service=each.name,
                aspect=each.kind,
            )
            yield RULE.judged(claim, _reached(each, site))


def _reached(given: Nodes, site: Site) -> Proof:
    ports = [KUBELET, WEBHOOK] if controller_of(site, given.cluster.key) else [KUBELET]
    source = control_plane(given.cluster)
    target = Place(
        name=given.subject.logical_id, subnets=given.subnets, security_groups=given.security_groups
    )
    return every(reaches_port(site, source, target, port) for port in ports)
