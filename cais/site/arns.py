"""ARNs of this account and region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.matching import ANY
from cais.template.text import join
from cais.template.values import Pseudo

if TYPE_CHECKING:
    from cais.site.model.values import Key, MaybeText

PARTITION, REGION, ACCOUNT = (Pseudo(f"AWS::{name}") for name in ("Partition", "Region", "AccountId"))


def arn(
    service: str,
    *path: MaybeText,
    region: MaybeText | None = REGION,
    account: MaybeText | None = ACCOUNT,
) -> Key:
    """The ARN of a resource of a service, such as "ecr"; `path` is joined."""
    return join(["arn:", PARTITION, f":{service}:", region, ":", account, ":", *path])


def own_name(name: MaybeText | None) -> MaybeText:
    """The name of what a template makes; CloudFormation gives it one of a single word where it has none."""
    return ANY if name is None else name
