"""EKS add-ons: the parts of a cluster that AWS builds and we name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_eks_v2 as eks

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from constructs import Construct


def add_on(
    scope: Construct,
    name: str,
    *,
    cluster: eks.ICluster,
    service_account: str | None = None,
    role: iam.IRole | None = None,
) -> eks.CfnAddon:
    """The add-on `name` at the version that EKS recommends for the cluster's.

    With `role`, the pods of `service_account` get its credentials. L1, as the L2 construct knows neither
    that nor how to resolve conflicts.
    """
    identity = eks.CfnAddon.PodIdentityAssociationProperty
    return eks.CfnAddon(
        scope,
        name,
        addon_name=name,
        cluster_name=cluster.cluster_name,
        resolve_conflicts="OVERWRITE",
        pod_identity_associations=[identity(role_arn=role.role_arn, service_account=service_account)]
        if role and service_account
        else None,
    )
