"""Clusters of EKS: what they run on, who may come in, and what CDK installs in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.builders import values as v
from cais.site.builders.installed import read_manifest, read_release
from cais.site.model.eks import (
    AccessEntry,
    AccessPolicy,
    AddOn,
    Eks,
    EksCluster,
    FargateProfile,
    NodeGroup,
    PodIdentity,
    Selector,
)
from cais.template.text import is_leaf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.site.model.values import Key, MaybeFlag, MaybeText
    from cais.template import Assembly, Resource, Value

CLUSTER = "AWS::EKS::Cluster"
CDK_CLUSTER = "Custom::AWSCDK-EKS-Cluster"


def build_eks(assembly: Assembly) -> Eks:
    """Everything of EKS, also what CDK's own resources make."""

    def each(*types: str) -> tuple[Resource, ...]:
        return tuple(assembly.resources(*types))

    clusters = map(_cluster, each(CLUSTER, CDK_CLUSTER))
    node_groups = map(_node_group, each("AWS::EKS::Nodegroup"))
    profiles = map(_profile, each("AWS::EKS::FargateProfile", "Custom::AWSCDK-EKS-FargateProfile"))
    entries = map(_entry, each("AWS::EKS::AccessEntry"))
    identities = map(_identity, each("AWS::EKS::PodIdentityAssociation"))
    releases = map(read_release, each("Custom::AWSCDK-EKS-HelmChart"))
    manifests = map(read_manifest, each("Custom::AWSCDK-EKS-KubernetesResource"))
    return Eks(
        clusters={cluster.key: cluster for cluster in clusters},
        node_groups={group.key: group for group in node_groups},
        fargate_profiles={profile.key: profile for profile in profiles},
        access_entries={entry.key: entry for entry in entries},
        pod_identities={identity.key: identity for identity in identities},
        add_ons={add_on.key: add_on for add_on in map(_add_on, each("AWS::EKS::Addon"))},
        helm_releases={release.key: release for release in releases},
        manifests={manifest.key: manifest for manifest in manifests},
    )


def _cluster(resource: Resource) -> EksCluster:
    given = resource.properties
    if resource.type == CDK_CLUSTER:
        given = _capitalized(given.get("Config"))
    network = _capitalized(given.get("ResourcesVpcConfig"))
    access, compute = v.mapping(given.get("AccessConfig")), v.mapping(given.get("ComputeConfig"))
    kubernetes = v.mapping(given.get("KubernetesNetworkConfig"))
    balancing = v.mapping(kubernetes.get("ElasticLoadBalancing"))
    encrypted = map(v.mapping, v.items(given.get("EncryptionConfig")))
    keys = [v.mapping(each.get("Provider")).get("KeyArn") for each in encrypted]
    return EksCluster(
        key=v.own_key(resource),
        subject=v.subject(resource),
        name=v.optional_text(given.get("Name")),
        version=v.optional_text(given.get("Version")),
        role=v.optional_key(given.get("RoleArn")),
        subnets=v.keys(network.get("SubnetIds")),
        security_group=v.own_key(resource),
        security_groups=v.keys(network.get("SecurityGroupIds")),
        public_endpoint=v.flag(network.get("EndpointPublicAccess"), default=True),
        private_endpoint=v.flag(network.get("EndpointPrivateAccess"), default=False),
        public_cidrs=v.texts(network.get("PublicAccessCidrs")) or ("0.0.0.0/0",),
        authentication=v.text(access.get("AuthenticationMode"), "CONFIG_MAP"),
        creator_is_admin=v.flag(access.get("BootstrapClusterCreatorAdminPermissions"), default=True),
        default_add_ons=v.flag(given.get("BootstrapSelfManagedAddons"), default=True),
        auto_mode=v.flag(compute.get("Enabled"), default=False),
        node_pools=v.texts(compute.get("NodePools")),
        node_role=v.optional_key(compute.get("NodeRoleArn")),
        balances_load=v.flag(balancing.get("Enabled"), default=False),
        ip_family=v.text(kubernetes.get("IpFamily"), "ipv4"),
        encryption_key=next((v.key(each) for each in keys), None),
        on_outposts=_is_there(given.get("OutpostConfig")),
    )


def _is_there(value: Value) -> MaybeFlag:
    return value if is_leaf(value) else bool(value)


def _capitalized(value: Value) -> dict[str, Value]:
    """A mapping of CDK's custom resource, which writes names as the API does."""
    return {name[0].upper() + name[1:]: each for name, each in v.mapping(value).items()}


def _node_group(resource: Resource) -> NodeGroup:
    given = resource.properties
    template, scaling = v.mapping(given.get("LaunchTemplate")), v.mapping(given.get("ScalingConfig"))
    return NodeGroup(
        key=v.own_key(resource),
        subject=v.subject(resource),
        cluster=v.key(given.get("ClusterName")),
        role=v.key(given.get("NodeRole")),
        subnets=v.keys(given.get("Subnets")),
        ami_type=v.optional_text(given.get("AmiType")),
        instance_types=v.texts(given.get("InstanceTypes")),
        launch_template=v.optional_key(template.get("Id", template.get("Name"))),
        minimum=v.optional_number(scaling.get("MinSize")),
        maximum=v.optional_number(scaling.get("MaxSize")),
        desired=v.optional_number(scaling.get("DesiredSize")),
        labels={name: v.text(value, "") for name, value in v.mapping(given.get("Labels")).items()},
        tainted=bool(v.items(given.get("Taints"))),
    )


def _profile(resource: Resource) -> FargateProfile:
    given = resource.properties
    config = _capitalized(given.get("Config")) or given
    return FargateProfile(
        key=v.own_key(resource),
        subject=v.subject(resource),
        name=v.optional_text(config.get("FargateProfileName")),
        cluster=v.key(config.get("ClusterName")),
        role=v.key(config.get("PodExecutionRoleArn")),
        subnets=v.keys(config.get("Subnets")),
        selectors=tuple(map(_selector, v.items(config.get("Selectors")))),
    )


def _selector(value: Value) -> Selector:
    """CDK's custom resource has labels as the API does, CloudFormation as a list."""
    given = v.mapping(value)
    namespace, labels = (given.get(name, given.get(name.lower())) for name in ("Namespace", "Labels"))
    pairs = labels.items() if isinstance(labels, dict) else map(_label, v.items(labels))
    return Selector(v.text(namespace, ""), tuple((name, v.text(each, "")) for name, each in pairs))


def _label(value: Value) -> tuple[MaybeText, Value]:
    given = v.mapping(value)
    return v.text(given.get("Key"), ""), given.get("Value")


def _entry(resource: Resource) -> AccessEntry:
    given = resource.properties
    return AccessEntry(
        key=v.own_key(resource),
        subject=v.subject(resource),
        cluster=v.key(given.get("ClusterName")),
        principal=v.key(given.get("PrincipalArn")),
        kind=v.text(given.get("Type"), "STANDARD"),
        groups=v.texts(given.get("KubernetesGroups")),
        policies=tuple(_policy(each) for each in v.items(given.get("AccessPolicies"))),
    )


def _policy(value: Value) -> AccessPolicy:
    given = v.mapping(value)
    scope = v.mapping(given.get("AccessScope"))
    return AccessPolicy(_last(v.text(given.get("PolicyArn"), "")), v.texts(scope.get("Namespaces")))


def _last(arn: MaybeText) -> MaybeText:
    """What follows the last slash of an ARN, where that is known."""
    tail = v.parts(arn)[-1]
    return arn if is_leaf(tail) else str(tail).rpartition("/")[2]


def _identity(resource: Resource) -> PodIdentity:
    given = resource.properties
    return _association(
        resource, cluster=v.key(given.get("ClusterName")), namespace=given.get("Namespace"), given=given
    )


def _association(
    resource: Resource, *, cluster: Key, namespace: Value, given: Mapping[str, Value]
) -> PodIdentity:
    return PodIdentity(
        key=v.own_key(resource),
        subject=v.subject(resource),
        cluster=cluster,
        namespace=v.optional_text(namespace),
        service_account=v.text(given.get("ServiceAccount"), ""),
        role=v.key(given.get("RoleArn")),
    )


def _add_on(resource: Resource) -> AddOn:
    given = resource.properties
    cluster = v.key(given.get("ClusterName"))
    return AddOn(
        key=v.own_key(resource),
        subject=v.subject(resource),
        cluster=cluster,
        name=v.text(given.get("AddonName"), ""),
        version=v.optional_text(given.get("AddonVersion")),
        namespace=v.optional_text(v.mapping(given.get("NamespaceConfig")).get("Namespace")),
        role=v.optional_key(given.get("ServiceAccountRoleArn")),
        identities=tuple(
            _association(resource, cluster=cluster, namespace=None, given=v.mapping(each))
            for each in v.items(given.get("PodIdentityAssociations"))
        ),
        configuration=given.get("ConfigurationValues"),
    )
