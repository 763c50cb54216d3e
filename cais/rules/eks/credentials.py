"""How pods come to the credentials of their role: by an agent on their node, or by a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.accounts import ADD_ONS, AGENT
from cais.rules.eks.nodes import add_ons_of, arns_of, doubtful, names_of, nodes
from cais.rules.eks.ways import unread
from cais.site.matching import Match, best
from cais.site.model.values import describe, found, is_leaf
from cais.site.permission import may_by
from cais.site.pod_tokens import pod_may_assume
from cais.site.proof import Proof, every
from cais.site.trust import ASSUME, TAG_SESSION, service_may_assume

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.rules.eks.accounts import Account
    from cais.site.model.eks import EksCluster, PodIdentity
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeText

PODS = "pods.eks.amazonaws.com"
HAND_OUT = "eks-auth:AssumeRoleForPodIdentity"


def by_token(account: Account, site: Site) -> Proof:
    """Whether the role that a service account names trusts the tokens of its pods."""
    role = found(site.identity.roles, account.role)
    if role is None:
        return Proof(verdict="unproven", missing=f"whom the role {describe(account.role or '')} trusts")
    return pod_may_assume(site, role, account.cluster, namespace=account.namespace, account=account.name)


def by_agent(identity: PodIdentity, cluster: EksCluster, site: Site) -> Proof:
    """Whether an agent hands the credentials of a Pod Identity association out."""
    fargate = _off_fargate(identity, cluster, site)
    return every((*fargate, _handed_out(cluster, site), _trusts_agent(identity, site)))


def _off_fargate(identity: PodIdentity, cluster: EksCluster, site: Site) -> Iterator[Proof]:
    """Whether the pods come to nodes, where an agent may be; those of many an add-on come nowhere else."""
    for each in nodes(site, cluster.key) if not _of_add_on(identity, site) else ():
        name, pods = each.subject.logical_id, _pods(identity, cluster, site)
        match = best(each.takes(identity.namespace or "", labels) for labels in pods)
        if match is Match.YES:
            said = f"{name} runs these pods on Fargate, where there is no agent"
            yield Proof(verdict="refuted", steps=(said,))
        elif match is Match.PERHAPS:
            yield Proof(verdict="unproven", missing=f"whether {name} runs these pods on Fargate")


def _of_add_on(identity: PodIdentity, site: Site) -> bool:
    place = (identity.namespace, identity.service_account)
    return identity.key in site.eks.add_ons or place in ADD_ONS.values()


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
    own = add_ons_of(cluster, site)
    agent = next((each.subject.logical_id for each in own if each.name == AGENT), None)
    if agent:
        there = Proof(verdict="proven", steps=(f"{agent} hands credentials out in {name}",))
        return every((there, *_by_nodes(cluster, site)))
    said = f"No add-on {AGENT} is in {name}"
    missing = [f"what {each.subject.logical_id} is" for each in own if is_leaf(each.name)]
    missing += [doubtful(site.eks.add_ons.values(), site), *site.gaps]
    missing += ["whether it is one of Auto Mode"] if is_leaf(cluster.auto_mode) else []
    missing += [*_agents(cluster, site), unread(site, cluster.key)]
    if doubt := next(filter(None, missing), None):
        return Proof(verdict="unproven", steps=(said,), missing=doubt)
    return Proof(verdict="refuted", steps=(said,))


def _agents(cluster: EksCluster, site: Site) -> Iterator[str]:
    """What else may be the agent: a release of its chart, or a DaemonSet with its name or image."""
    for release in site.eks.helm_releases.values():
        if release.cluster in names_of(cluster) and describe(release.chart or "").endswith(AGENT):
            yield f"whether the chart of {release.subject.logical_id} hands them out"
    for each in site.eks.kubernetes.workloads:
        here = each.identity.cluster in names_of(cluster) and each.identity.kind == "DaemonSet"
        names = (each.identity.name, *(container.image.repository for container in each.containers))
        if here and any(is_leaf(name) or str(name).endswith(AGENT) for name in names):
            yield f"whether {each.identity} hands them out"


def _by_nodes(cluster: EksCluster, site: Site) -> Iterator[Proof]:
    """Whether the agent may do it with the role of its node, where that is of the site."""
    for each in nodes(site, cluster.key):
        role = found(site.identity.roles, each.role)
        if role and each.kind == "managed":
            yield may_by(site, role, HAND_OUT, arns_of(cluster))


def _trusts_agent(identity: PodIdentity, site: Site) -> Proof:
    role = found(site.identity.roles, identity.role)
    if role is None:
        return Proof(verdict="unproven", missing=f"whom the role {describe(identity.role)} trusts")
    return every(service_may_assume(role, PODS, action) for action in (ASSUME, TAG_SESSION))
