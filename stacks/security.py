"""Security findings that we accept, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Validations

if TYPE_CHECKING:
    from constructs import IConstruct


def accept(scope: IConstruct, rule: str, reason: str) -> None:
    """Accept what cdk-nag's AwsSolutions rule `rule` finds on `scope` and below, for `reason`.

    A finding that names a permission is accepted for this permission alone: `IAM5[Resource::*]`.
    https://github.com/cdklabs/cdk-nag/blob/main/RULES.md
    """
    Validations.of(scope).acknowledge(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason))
