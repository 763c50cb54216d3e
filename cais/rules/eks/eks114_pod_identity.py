"""EKS114: EKS Pod Identity gives pods the role of their association.

What breaks: an agent on each node hands the credentials out. Without it, or where the role does not trust
`pods.eks.amazonaws.com` with both `sts:AssumeRole` and `sts:TagSession`, the pods have no credentials at
all, and whatever they ask of AWS fails until somebody looks at the log.

How it is proven: the add-on `eks-pod-identity-agent` in the cluster of each association, unless that is one
of EKS Auto Mode, which has it built in; `eks-auth:AssumeRoleForPodIdentity` on the cluster for the nodes'
role, which the agent uses; the role's trust. Fargate has no agent: the selectors of its profiles are put to
the namespace and labels of the pods.

Fix: the add-on, `AmazonEKSWorkerNodePolicy` on the nodes' role, and both actions in the trust policy.

Sample:

    Agent:
      Type: AWS::EKS::Addon
      Properties: {AddonName: amazon-cloudwatch-observability}

Sources: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html,
https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html,
https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.nodes import arns_of, doubtful, names_of, nodes
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.matching import Match, best
from cais.site.model.values import describe, found, is_leaf
from cais.site.permission import may_by
from cais.site.proof import Proof, every
from cais.site.trust import ASSUME, TAG_SESSION, service_may_assume

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.eks import EksCluster, PodIdentity
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeText

RULE = Rule(id="EKS114", causes=("K10",))
AGENT = "eks-pod-identity-agent"
PODS = "pods.eks.amazonaws.com"
HAND_OUT = "eks-auth:AssumeRoleForPodIdentity"


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for every association, those of add-ons too."""
    given = [*site.eks.pod_identities.values()]
    given += [identity for add_on in site.eks.add_ons.values() for identity in add_on.identities]
    for identity in given:
        if cluster := _cluster(identity, site):
            account = describe(identity.service_account)
            claim = Claim(
                subject=identity.subject,
                proven=f"The pods of {account} get the role {describe(identity.role)}",
                refuted=f"The pods of {account} do not get the role {describe(identity.role)}",
                fix=f"Add {AGENT}, and let the role trust {PODS} with {ASSUME} and {TAG_SESSION}.",
                settle="aws eks list-addons --cluster-name CLUSTER",
                service=label(identity.subject),
                aspect=account,
            )
            yield RULE.judged(claim, every(_gets(identity, cluster, site)))


def _gets(identity: PodIdentity, cluster: EksCluster, site: Site) -> Iterator[Proof]:
    yield from _off_fargate(identity, cluster, site)
    yield _handed_out(cluster, site)
    yield _trusted(identity, site)


def _cluster(identity: PodIdentity, site: Site) -> EksCluster | None:
    return next((each for each in site.eks.clusters.values() if identity.cluster in names_of(each)), None)


def _off_fargate(identity: PodIdentity, cluster: EksCluster, site: Site) -> Iterator[Proof]:
    """Whether the pods come to nodes, where an agent may be; those of an add-on are not known."""
    for each in nodes(site, cluster.key) if identity.namespace else ():
        name, pods = each.subject.logical_id, _pods(identity, cluster, site)
        match = best(each.takes(identity.namespace or "", labels) for labels in pods)
        if match is Match.YES:
            said = f"{name} runs these pods on Fargate, where there is no agent"
            yield Proof(verdict="refuted", steps=(said,))
        elif match is Match.PERHAPS:
            yield Proof(verdict="unproven", missing=f"whether {name} runs these pods on Fargate")


def _pods(
    identity: PodIdentity, cluster: EksCluster, site: Site
) -> list[Mapping[str, MaybeText]] | list[None]:
    """The labels of the pods with this service account; None are those of pods from elsewhere."""
    wanted = (cluster.key, identity.namespace, identity.service_account)
    return [
        each.labels
        for each in site.eks.kubernetes.workloads
        if (each.identity.cluster, each.identity.namespace, each.service_account) == wanted
    ] or [None]


def _handed_out(cluster: EksCluster, site: Site) -> Proof:
    name = cluster.subject.logical_id
    if cluster.auto_mode is True:
        return Proof(verdict="proven", steps=(f"Auto Mode of {name} hands credentials out",))
    own = [each for each in site.eks.add_ons.values() if each.cluster in names_of(cluster)]
    agent = next((each.subject.logical_id for each in own if each.name == AGENT), None)
    if agent:
        there = Proof(verdict="proven", steps=(f"{agent} hands credentials out in {name}",))
        return every((there, *_by_nodes(cluster, site)))
    said = f"No add-on {AGENT} is in {name}"
    missing = [f"what {each.subject.logical_id} is" for each in own if is_leaf(each.name)]
    missing += [doubtful(site.eks.add_ons.values(), site), *site.gaps]
    missing += ["whether it is one of Auto Mode"] if is_leaf(cluster.auto_mode) else []
    if doubt := next(filter(None, missing), None):
        return Proof(verdict="unproven", steps=(said,), missing=doubt)
    return Proof(verdict="refuted", steps=(said,))


def _by_nodes(cluster: EksCluster, site: Site) -> Iterator[Proof]:
    """Whether the agent may do it with the role of its node, where that is of the site."""
    for each in nodes(site, cluster.key):
        role = found(site.identity.roles, each.role)
        if role and each.kind == "managed":
            yield may_by(site, role, HAND_OUT, arns_of(cluster))


def _trusted(identity: PodIdentity, site: Site) -> Proof:
    role = found(site.identity.roles, identity.role)
    if role is None:
        return Proof(verdict="unproven", missing=f"whom the role {describe(identity.role)} trusts")
    return every(service_may_assume(role, PODS, action) for action in (ASSUME, TAG_SESSION))
