"""EKS119: the control plane reaches webhooks on the nodes.

What breaks: Kubernetes asks a webhook of the load balancer controller before it takes an Ingress, from the
control plane's interfaces to the pod's own port, 9443. Where the nodes' security group does not let that
in, every Ingress fails with "failed calling webhook … context deadline exceeded". Without 10250, the
kubelet's, the deployment comes up, but `kubectl logs` and `exec` do not get there, which is advice; without
10251, that of the add-on metrics-server, nothing scales by CPU.

How it is proven: where a launch template gives nodes security groups of its own, in the place of the
cluster's: each port from the control plane's groups to the nodes'. The controller's is `webhookBindPort`
of its chart. Where other nodes take it in, it is left unproven, as the controller may run there.

Fix: add the cluster's own security group to the launch template, or open the ports from it.

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
https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html,
https://docs.aws.amazon.com/eks/latest/userguide/metrics-server.html,
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cais.rules.eks.nodes import control_plane, names_of, nodes
from cais.rules.eks.ways import controller_of
from cais.rules.rule import Claim, Rule
from cais.site.builders.values import mapping, number
from cais.site.model.values import describe
from cais.site.proof import Proof, every
from cais.site.reach import Place, reaches_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.nodes import Nodes
    from cais.site.model.eks import HelmRelease
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeNumber

RULE = Rule(id="EKS119", causes=("K14",))
KUBELET, WEBHOOK = 10250, 9443
METRICS, METRICS_PORT = "metrics-server", 10251


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks where nodes have security groups of their own."""
    for each in nodes(site):
        if each.kind == "managed" and each.cluster.security_group not in each.security_groups:
            if controller := controller_of(site, each.cluster.key):
                port = _port(controller)
                claim = _claim(each, "the webhooks of the load balancer controller", port)
                yield RULE.judged(claim, _webhook(each, port, site))
            yield _beside(each, site)


def _claim(given: Nodes, what: str, *ports: MaybeNumber) -> Claim:
    opened = " and ".join(str(each) if isinstance(each, int) else describe(each) for each in ports)
    return Claim(
        subject=given.subject,
        proven=f"The control plane reaches {what} on these nodes",
        refuted=f"The control plane does not reach {what} on these nodes",
        fix=f"Add the cluster's own security group to the launch template, or open {opened}.",
        settle="aws ec2 describe-security-groups --group-ids GROUP",
        service=given.name,
        aspect=what,
    )


def _beside(given: Nodes, site: Site) -> Finding:
    """What the deployment comes up without: the kubelets, and the metrics server."""
    names = names_of(given.cluster)
    metrics = [each for each in site.eks.add_ons.values() if each.name == METRICS and each.cluster in names]
    ports = (KUBELET, METRICS_PORT) if metrics else (KUBELET,)
    claim = _claim(given, "the kubelets and the metrics server" if metrics else "the kubelets", *ports)
    proof = every(_reached(given, port, site) for port in ports)
    return RULE.advice(claim, *proof.steps) if proof.verdict == "refuted" else RULE.judged(claim, proof)


def _webhook(given: Nodes, port: MaybeNumber, site: Site) -> Proof:
    if not isinstance(port, int):
        return Proof(verdict="unproven", missing="the port of the controller's webhooks")
    proof = _reached(given, port, site)
    others = [each for each in nodes(site, given.cluster.key) if each.subject != given.subject]
    if proof.verdict == "refuted" and any(_reached(each, port, site).verdict != "refuted" for each in others):
        return replace(proof, verdict="unproven", missing="whether the controller runs on these nodes")
    return proof


def _reached(given: Nodes, port: int, site: Site) -> Proof:
    target = Place(
        name=given.subject.logical_id, subnets=given.subnets, security_groups=given.security_groups
    )
    return reaches_port(site, control_plane(given.cluster), target, port)


def _port(controller: HelmRelease) -> MaybeNumber:
    """The port that the controller's webhooks listen on."""
    return number(mapping(controller.values).get("webhookBindPort"), WEBHOOK)
