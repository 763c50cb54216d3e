"""ARNs of this account and region, in the ways that policies write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.template.text import join
from cais.template.values import Pseudo

if TYPE_CHECKING:
    from cais.site.model.values import Key, MaybeText

PARTITIONS = (Pseudo("AWS::Partition"), "aws")
"""Policies write one or the other, and mean the same."""
REGION, ACCOUNT = Pseudo("AWS::Region"), Pseudo("AWS::AccountId")


def arns(
    service: str,
    *path: MaybeText,
    region: MaybeText | None = REGION,
    account: MaybeText | None = ACCOUNT,
) -> tuple[Key, ...]:
    """The ways to write the ARN of a resource of a service, such as "ecr"; `path` is joined."""
    return tuple(
        join(["arn:", partition, f":{service}:", region, ":", account, ":", *path])
        for partition in PARTITIONS
    )
