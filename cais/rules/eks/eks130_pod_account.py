"""EKS130: pods have the service account that they name, and its role.

What breaks: a pod whose service account nobody makes is never created, and its Deployment has no replica.
And `eks.amazonaws.com/role-arn` is read on service accounts, nowhere else: on a pod it does nothing, so the
pod uses the role of its node: "UnauthorizedOperation".

How it is proven: the pods' service accounts and annotations, among all objects of the deployment.

Fix: make the service account that the pods name, and put the annotation on it.

Sample:

    Deployment:
      spec:
        template:
          metadata: {annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::123456789012:role/web"}}
          spec: {serviceAccountName: jobs}

Sources: https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html,
https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from cais.rules.eks.accounts import ROLE, account_of_pods, accounts, identity_of
from cais.rules.eks.nodes import doubtful
from cais.rules.eks.ways import cluster_of, unread
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import describe, is_leaf
from cais.site.proof import Proof, every

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.accounts import Account
    from cais.site.model.kubernetes import Workload
    from cais.site.model.site import Site
    from cais.site.model.values import Key

RULE = Rule(id="EKS130", causes=("K9",))
MADE_BY_EKS = "kube-system"
Made: TypeAlias = "Mapping[tuple[Key, Key, Key], Account]"
"""The service accounts of the deployment by cluster, namespace and name."""


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Asks for the pods of every workload that name a service account or a role."""
    made = {(each.cluster.key, each.namespace, each.name): each for each in accounts(site)}
    for workload in site.eks.kubernetes.workloads:
        cluster = cluster_of(workload.identity, site)
        account = account_of_pods(workload, cluster) if cluster else None
        if account and (account.name != "default" or ROLE in workload.annotations):
            claim = Claim(
                subject=workload.identity.subject,
                proven=f"The pods of {workload.identity} have {account}",
                refuted=f"The pods of {workload.identity} do not get their role",
                fix=f"Make the service account that the pods name, and put {ROLE} on it.",
                settle=f"kubectl get serviceaccount --namespace {describe(account.namespace)} -o yaml",
                service=label(workload.identity.subject),
                aspect=str(workload.identity),
            )
            yield RULE.judged(
                claim, every((_exists(account, made, site), _given(workload, account, made, site)))
            )


def _exists(account: Account, made: Made, site: Site) -> Proof:
    if account.name == "default" or account.namespace == MADE_BY_EKS:
        return Proof(verdict="proven")
    if own := made.get((account.cluster.key, account.namespace, account.name)):
        return Proof(verdict="proven", steps=(f"{own.subject.logical_id} makes {own}",))
    said = f"Nothing here makes {account}"
    if doubt := _doubt(account, made, site):
        return Proof(verdict="unproven", steps=(said,), missing=doubt)
    return Proof(verdict="refuted", steps=(said,))


def _given(workload: Workload, account: Account, made: Made, site: Site) -> Proof:
    own = made.get((account.cluster.key, account.namespace, account.name))
    if ROLE not in workload.annotations or (own and own.role) or identity_of(site, account):
        return Proof(verdict="proven")
    said = f"The annotation {ROLE} is on the pods, where nobody reads it"
    missing = doubtful(site.eks.pod_identities.values(), site)
    return Proof(verdict="unproven" if missing else "refuted", steps=(said,), missing=missing)


def _doubt(account: Account, made: Made, site: Site) -> str:
    """What may make the service account unseen; empty where nothing can."""
    open_names = [describe(each) for each in (account.name, account.namespace) if is_leaf(each)]
    open_names += [describe(each) for _, *names in made for each in names if is_leaf(each)]
    return next(iter([*open_names, *filter(None, (unread(site, account.cluster.key), *site.gaps))]), "")
