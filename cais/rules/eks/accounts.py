"""Service accounts, and the roles that their pods get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from cais.rules.eks.nodes import is_stray, names_of
from cais.rules.eks.ways import CONTROLLER, controller_of
from cais.site.model.values import Attribute, Unknown, describe, found, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.findings import Subject
    from cais.site.model.eks import EksCluster, HelmRelease, PodIdentity
    from cais.site.model.kubernetes import Labelled, Workload
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeFlag, MaybeText

ROLE = "eks.amazonaws.com/role-arn"


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
    """Those that manifests and charts bring, and those of load balancer controllers."""
    for each in site.eks.kubernetes.service_accounts:
        if cluster := found(site.eks.clusters, each.identity.cluster):
            yield _account(each, cluster)
    for cluster in site.eks.clusters.values():
        release = controller_of(site, cluster.key)
        own = account_of(release, cluster) if release else None
        if own and own.made is not False:
            yield own


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


def identity_of(site: Site, account: Account) -> PodIdentity | None:
    """The Pod Identity association of a service account; one of which parts are open may be meant."""
    for each in site.eks.pod_identities.values():
        pairs = ((each.namespace, account.namespace), (each.service_account, account.name))
        here = each.cluster in names_of(account.cluster) or is_stray(each.cluster, site)
        if here and all(mine == other or is_leaf(mine) or is_leaf(other) for mine, other in pairs):
            return each
    return None


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
