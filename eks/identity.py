"""IAM roles for pods, by EKS Pod Identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.roles import service_role
from stacks.security import accept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk.aws_eks_v2 import ICluster


def aws_role(scope: Construct, construct_id: str, *, service: str, policies: Sequence[str]) -> iam.IRole:
    """A role for `service`, with the AWS managed `policies` and nothing else."""
    role = service_role(scope, construct_id, service=service)
    attach(role, *policies)
    return role


def pod_role(scope: Construct, construct_id: str) -> iam.IRole:
    """A role that the Pod Identity agent may assume for a pod.

    It trusts a service, not an OIDC provider, so there is no provider id and no `sub` to get wrong (K8).
    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
    """
    pods = iam.ServicePrincipal("pods.eks.amazonaws.com").with_session_tags()
    # jsii's Python types do not see that these classes implement the interfaces that constructs take.
    principal = cast("iam.IPrincipal", pods)
    return cast("iam.IRole", iam.Role(scope, construct_id, assumed_by=principal))


def attach(role: iam.IRole, *policies: str) -> None:
    """Give `role` the AWS managed `policies`."""
    for name in policies:
        role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(name))
        accept(role, managed_policy(name), "AWS keeps it in step with its own software that needs it")


def managed_policy(name: str) -> str:
    """How cdk-nag calls the finding that a role has the AWS managed policy `name`."""
    return f"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{name}]"


class PodIdentity(Construct):
    """A role, and the one service account whose pods get its credentials.

    A pod that starts before the association exists gets none until it is started anew: whatever makes such
    pods depends on this construct.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, cluster: ICluster, namespace: str, service_account: str
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = pod_role(self, "Role")
        eks.CfnPodIdentityAssociation(
            self,
            "Association",
            cluster_name=cluster.cluster_name,
            namespace=namespace,
            service_account=service_account,
            role_arn=self.role.role_arn,
        )
