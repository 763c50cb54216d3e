"""EKS121: the cluster admits its nodes.

What breaks: a kubelet comes with its instance's role, and hears `Unauthorized` where the cluster does not
know that role as one of nodes. The instances run, no node appears.

How it is proven: EC2, for Fargate `eks-fargate-pods.amazonaws.com`, may assume the role; Fargate does so
for a profile of the cluster, which a condition on `aws:SourceArn` may want. EKS itself admits the roles of
managed groups and of Fargate profiles, unless an access entry of the template makes the role a person's
(`STANDARD`). Access entries want the authentication mode `API` or `API_AND_CONFIG_MAP`.

Fix: let the role trust the service, and give its access entry the type `EC2_LINUX`, or leave the entry out.

Sample:

    NodesEntry:
      Type: AWS::EKS::AccessEntry
      Properties: {ClusterName: !Ref Kubernetes, PrincipalArn: !GetAtt NodeRole.Arn}

Sources: https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html,
https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html,
https://docs.aws.amazon.com/eks/latest/userguide/pod-execution-role.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.nodes import names_of, nodes
from cais.rules.rule import Claim, Rule
from cais.site.arns import arn
from cais.site.matching import ANY
from cais.site.model.values import describe, found, is_leaf
from cais.site.proof import Proof, either, every
from cais.site.trust import service_may_assume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.nodes import Nodes
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="EKS121", causes=("K23",))
KINDS = {"managed": {"EC2_LINUX", "EC2_WINDOWS"}, "auto": {"EC2"}, "fargate": {"FARGATE_LINUX"}}
WITHOUT_ENTRIES = "CONFIG_MAP"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for the role of every group of nodes."""
    for each in nodes(site):
        if each.role is None:
            continue
        claim = Claim(
            subject=each.subject,
            proven=f"{each.cluster.subject.logical_id} admits nodes with the role {describe(each.role)}",
            refuted=f"{each.cluster.subject.logical_id} does not admit nodes with the role "
            f"{describe(each.role)}",
            fix=f"Let the role trust {each.service}, and give it an access entry for nodes or none.",
            settle="aws eks describe-access-entry --cluster-name CLUSTER --principal-arn ROLE",
            service=each.name,
            aspect=each.kind,
        )
        yield RULE.judged(claim, every((_may_be_assumed(each, site), _entered(each, site))))


def _may_be_assumed(given: Nodes, site: Site) -> Proof:
    role = found(site.identity.roles, given.role)
    if role is None:
        return Proof(verdict="unproven", missing=f"whom the role {describe(given.role or '')} trusts")
    if given.kind != "fargate":
        return service_may_assume(role, given.service)
    return either(service_may_assume(role, given.service, source=source) for source in _profile_arns(given))


def _profile_arns(given: Nodes) -> Iterator[Key]:
    """The ways to write a Fargate profile: after its cluster's name and its own its ARN has an id."""
    for name in (given.cluster.key, given.cluster.name):
        if name is not None:
            yield arn("eks", "fargateprofile/", name, "/", given.profile or ANY, "/", ANY)


def _entered(given: Nodes, site: Site) -> Proof:
    for entry in site.eks.access_entries.values():
        if entry.principal != given.role or entry.cluster not in names_of(given.cluster):
            continue
        name = entry.subject.logical_id
        if is_leaf(entry.kind):
            return Proof(verdict="unproven", missing=f"the type of {name}: {describe(entry.kind)}")
        if entry.kind not in KINDS[given.kind]:
            said = f"{name} admits the role as {entry.kind}, not as {' or '.join(sorted(KINDS[given.kind]))}"
            return Proof(verdict="refuted", steps=(said,), culprit=entry.subject)
        if given.cluster.authentication == WITHOUT_ENTRIES:
            said = f"{given.cluster.subject.logical_id} knows no access entries: its mode is CONFIG_MAP"
            return Proof(verdict="refuted", steps=(said,), culprit=given.cluster.subject)
        return Proof(verdict="proven", steps=(f"{name} admits the role as {entry.kind}",))
    return Proof(verdict="proven", steps=(f"EKS admits the role of {given.subject.logical_id} by itself",))
