"""Roles for AWS services."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from constructs import Construct


def service_role(scope: Construct, construct_id: str, *, service: str) -> iam.IRole:
    """A role without permissions that `service`, as `lambda.amazonaws.com`, may assume and nobody else."""
    # jsii's Python types do not see that these classes implement the interfaces that constructs take.
    principal = cast("iam.IPrincipal", iam.ServicePrincipal(service))
    return cast("iam.IRole", iam.Role(scope, construct_id, assumed_by=principal))
