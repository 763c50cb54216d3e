"""Service accounts, and the roles that their pods get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from cais.rules.eks.nodes import add_ons_of, is_stray, names_of
from cais.rules.eks.ways import CONTROLLER, controller_of
from cais.site.model.values import Attribute, Unknown, describe, found, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.findings import Subject
    from cais.site.model.eks import AddOn, EksCluster, HelmRelease, PodIdentity
    from cais.site.model.kubernetes import Labelled, Workload
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeFlag, MaybeText

ROLE = "eks.amazonaws.com/role-arn"
AGENT = "eks-pod-identity-agent"
ADD_ONS = {
    "amazon-cloudwatch-observability": ("amazon-cloudwatch", "cloudwatch-agent"),
    "aws-ebs-csi-driver": ("kube-system", "ebs-csi-controller-sa"),
    "aws-efs-csi-driver": ("kube-system", "efs-csi-controller-sa"),
    "aws-fsx-csi-driver": ("kube-system", "fsx-csi-controller-sa"),
    "aws-mountpoint-s3-csi-driver": ("kube-system", "s3-csi-driver-sa"),
    "aws-privateca-connector-for-kubernetes": ("aws-privateca-issuer", "aws-privateca-issuer"),
    "external-dns": ("external-dns", "external-dns"),
    "fluent-bit": ("fluent-bit", "fluent-bit"),
    "vpc-cni": ("kube-system", "aws-node"),
}
"""The service account of each add-on that gets its role: namespace and name.

https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html,
https://docs.aws.amazon.com/eks/latest/userguide/community-addons.html
"""


class Account(Struct, frozen=True, kw_only=True):
    """A service account of a cluster of the site; `role` is what its annotation names.

    `made` is whether what brings it, brings the object itself.
    """

    subject: Subject
    cluster: EksCluster
    namespace: MaybeText
    name: MaybeText
    role: Key | None = None
    made: MaybeFlag = True

    def __str__(self) -> str:
        """What reports call it."""
        return f"ServiceAccount {describe(self.namespace)}/{describe(self.name)}"


def accounts(site: Site) -> Iterator[Account]:
    """Those that manifests, charts and add-ons bring, and those of load balancer controllers."""
    for each in site.eks.kubernetes.service_accounts:
        if cluster := found(site.eks.clusters, each.identity.cluster):
            yield _account(each, cluster)
    for cluster in site.eks.clusters.values():
        release = controller_of(site, cluster.key)
        own = account_of(release, cluster) if release else None
        if own and own.made is not False:
            yield own
        for add_on in add_ons_of(cluster, site):
            yield from _accounts_of(add_on, cluster, site)


def account_of(release: HelmRelease, cluster: EksCluster) -> Account:
    """The service account that the chart of the load balancer controller uses, by its values."""
    given = _values(release)
    made = given.get("create", True)
    annotations = given.get("annotations")
    annotation = annotations.get(ROLE) if isinstance(annotations, dict) else annotations
    return Account(
        subject=release.subject,
        cluster=cluster,
        namespace=release.namespace,
        name=given.get("name") or _default_name(release),
        role=None if made is False else _key(annotation),
        made=made,
    )


def account_of_add_on(add_on: AddOn, cluster: EksCluster) -> Account:
    """The service account of an add-on that gets its role, as far as AWS documents it."""
    unknown = (Unknown(f"the {part} of {add_on.subject.logical_id}") for part in ("namespace", "account"))
    namespace, name = ADD_ONS.get(describe(add_on.name)) or unknown
    return Account(
        subject=add_on.subject,
        cluster=cluster,
        namespace=namespace if add_on.namespace is None else add_on.namespace,
        name=name,
        role=add_on.role,
    )


def account_of_pods(workload: Workload, cluster: EksCluster) -> Account:
    """The service account that the pods of a workload name."""
    return Account(
        subject=workload.identity.subject,
        cluster=cluster,
        namespace=workload.identity.namespace,
        name=workload.service_account,
        made=False,
    )


def named(site: Site, account: Account) -> Account | None:
    """The same service account, where the deployment makes it."""
    for each in accounts(site):
        same = (each.cluster.key, each.namespace) == (account.cluster.key, account.namespace)
        if same and each.name == account.name:
            return each
    return None


def identities(site: Site) -> Iterator[PodIdentity]:
    """Every Pod Identity association, those of add-ons too."""
    yield from site.eks.pod_identities.values()
    for cluster in site.eks.clusters.values():
        for add_on in add_ons_of(cluster, site):
            if add_on.role is None or _may_have_agent(cluster, site):
                namespace = account_of_add_on(add_on, cluster).namespace
                yield from (replace(each, namespace=namespace) for each in add_on.identities)


def identity_of(site: Site, account: Account) -> PodIdentity | None:
    """The Pod Identity association of a service account; one of which parts are open may be meant."""
    for each in identities(site):
        pairs = ((each.namespace, account.namespace), (each.service_account, account.name))
        here = each.cluster in names_of(account.cluster) or is_stray(each.cluster, site)
        if here and all(mine == other or is_leaf(mine) or is_leaf(other) for mine, other in pairs):
            return each
    return None


def doubt_of(identity: PodIdentity, site: Site) -> str:
    """Why an association may be for another service account; empty where it is for the one that it names."""
    given = (identity.cluster, identity.namespace, identity.service_account)
    return next((describe(each) for each in given if is_leaf(each) and each not in site.eks.clusters), "")


def _accounts_of(add_on: AddOn, cluster: EksCluster, site: Site) -> Iterator[Account]:
    """That of an add-on, where it is known or has a role.

    A role beside associations is left aside where the cluster has an agent.
    https://docs.aws.amazon.com/eks/latest/userguide/add-ons-iam.html
    """
    account = account_of_add_on(add_on, cluster)
    if add_on.identities and _may_have_agent(cluster, site):
        account = replace(account, role=None)
    if account.role is not None or not is_leaf(account.name):
        yield account


def _may_have_agent(cluster: EksCluster, site: Site) -> bool:
    names = [each.name for each in add_ons_of(cluster, site)]
    return cluster.auto_mode is not False or any(name == AGENT or is_leaf(name) for name in names)


def _default_name(release: HelmRelease) -> MaybeText:
    """What the chart calls what it makes: the release's name, or that with the chart's."""
    name = release.release
    return name if is_leaf(name) or CONTROLLER in describe(name) else f"{describe(name)}-{CONTROLLER}"


def _account(given: Labelled, cluster: EksCluster) -> Account:
    return Account(
        subject=given.identity.subject,
        cluster=cluster,
        namespace=given.identity.namespace,
        name=given.identity.name,
        role=_key(given.annotations.get(ROLE)),
    )


def _key(value: MaybeText | None) -> Key | None:
    """The role that an annotation names by its ARN."""
    return Attribute(value.template, value.logical_id, "Ref") if isinstance(value, Attribute) else value


def _values(release: HelmRelease) -> Mapping[str, Any]:
    values = release.values
    given = values.get("serviceAccount", {}) if isinstance(values, dict) else values
    if isinstance(given, dict):
        return given
    reason = given if is_leaf(given) else Unknown("the values of the controller's chart")
    return dict.fromkeys(("create", "name", "annotations"), reason)
