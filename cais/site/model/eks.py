"""EKS: clusters, what they run on, who may come in, and what is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from cais.site.model.kubernetes import Kubernetes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.findings import Subject
    from cais.site.model.values import Key, MaybeFlag, MaybeNumber, MaybeText


class EksCluster(Struct, frozen=True, kw_only=True):
    """A cluster, native or of CDK's custom resource.

    `security_group` is the one that EKS makes, `security_groups` those given. `authentication` is "API",
    "API_AND_CONFIG_MAP" or "CONFIG_MAP". `auto_mode` and its `node_pools`, `node_role` and
    `balances_load` are EKS Auto Mode's. `on_outposts` is a local cluster's.
    """

    key: Key
    subject: Subject
    name: MaybeText | None
    version: MaybeText | None
    role: Key | None
    subnets: tuple[Key, ...] = ()
    security_group: Key
    security_groups: tuple[Key, ...] = ()
    public_endpoint: MaybeFlag = True
    private_endpoint: MaybeFlag = False
    public_cidrs: tuple[MaybeText, ...] = ("0.0.0.0/0",)
    authentication: MaybeText = "CONFIG_MAP"
    creator_is_admin: MaybeFlag = True
    default_add_ons: MaybeFlag = True
    auto_mode: MaybeFlag = False
    node_pools: tuple[MaybeText, ...] = ()
    node_role: Key | None = None
    balances_load: MaybeFlag = False
    ip_family: MaybeText = "ipv4"
    encryption_key: Key | None = None
    on_outposts: MaybeFlag = False


class NodeGroup(Struct, frozen=True, kw_only=True):
    """A managed node group. Sizes in nodes."""

    key: Key
    subject: Subject
    cluster: Key
    role: Key
    subnets: tuple[Key, ...]
    ami_type: MaybeText | None = None
    instance_types: tuple[MaybeText, ...] = ()
    launch_template: Key | None = None
    minimum: MaybeNumber | None = None
    maximum: MaybeNumber | None = None
    desired: MaybeNumber | None = None
    labels: Mapping[str, MaybeText] = field(default_factory=dict)
    tainted: bool = False


class Selector(Struct, frozen=True):
    """Pods that Fargate runs: those of a namespace with all of these labels. `*` and `?` are wildcards."""

    namespace: MaybeText
    labels: tuple[tuple[MaybeText, MaybeText], ...] = ()


class FargateProfile(Struct, frozen=True, kw_only=True):
    """A Fargate profile; it runs what one of its selectors means. Without a `name` it is given one."""

    key: Key
    subject: Subject
    name: MaybeText | None
    cluster: Key
    role: Key
    subnets: tuple[Key, ...]
    selectors: tuple[Selector, ...] = ()


class AccessPolicy(Struct, frozen=True):
    """An access policy by its name, such as "AmazonEKSAdminPolicy"; no namespaces: the whole cluster."""

    name: MaybeText
    namespaces: tuple[MaybeText, ...] = ()


class AccessEntry(Struct, frozen=True, kw_only=True):
    """Who may speak to a cluster. `kind` is "STANDARD", "EC2_LINUX", "EC2", "FARGATE_LINUX", …."""

    key: Key
    subject: Subject
    cluster: Key
    principal: Key
    kind: MaybeText = "STANDARD"
    groups: tuple[MaybeText, ...] = ()
    policies: tuple[AccessPolicy, ...] = ()


class PodIdentity(Struct, frozen=True, kw_only=True):
    """The role of a service account, by EKS Pod Identity. An add-on's own has no namespace here."""

    key: Key
    subject: Subject
    cluster: Key
    namespace: MaybeText | None
    service_account: MaybeText
    role: Key


class AddOn(Struct, frozen=True, kw_only=True):
    """An EKS add-on, such as "vpc-cni"; `namespace` is one of its own, `role` is named to its account."""

    key: Key
    subject: Subject
    cluster: Key
    name: MaybeText
    version: MaybeText | None = None
    namespace: MaybeText | None = None
    role: Key | None = None
    identities: tuple[PodIdentity, ...] = ()
    configuration: Any = None


class HelmRelease(Struct, frozen=True, kw_only=True):
    """A Helm release that CDK installs. `timeout` in seconds.

    `chart` and `repository` name a published chart, `asset` is the URL of one that CDK uploads; its file
    is named by its hash. `values` is JSON, with leaves in it; a leaf where it could not be read.
    `provider` is the function that installs.
    """

    key: Key
    subject: Subject
    cluster: Key
    release: MaybeText
    namespace: MaybeText
    chart: MaybeText | None = None
    repository: MaybeText | None = None
    version: MaybeText | None = None
    asset: MaybeText | None = None
    values: Any = None
    waits: MaybeFlag = False
    atomic: MaybeFlag = False
    timeout: MaybeNumber | None = None
    creates_namespace: MaybeFlag = True
    provider: Key | None = None


class Manifest(Struct, frozen=True, kw_only=True):
    """Kubernetes objects that CDK applies: JSON, with leaves in it; a leaf where it could not be read."""

    key: Key
    subject: Subject
    cluster: Key
    objects: tuple[Any, ...] = ()
    prunes: bool = False
    provider: Key | None = None


class Eks(Struct, frozen=True, kw_only=True):
    """Everything above, by key, and the objects that releases and manifests bring."""

    clusters: Mapping[Key, EksCluster] = field(default_factory=dict)
    node_groups: Mapping[Key, NodeGroup] = field(default_factory=dict)
    fargate_profiles: Mapping[Key, FargateProfile] = field(default_factory=dict)
    access_entries: Mapping[Key, AccessEntry] = field(default_factory=dict)
    pod_identities: Mapping[Key, PodIdentity] = field(default_factory=dict)
    add_ons: Mapping[Key, AddOn] = field(default_factory=dict)
    helm_releases: Mapping[Key, HelmRelease] = field(default_factory=dict)
    manifests: Mapping[Key, Manifest] = field(default_factory=dict)
    kubernetes: Kubernetes = field(default_factory=Kubernetes)
