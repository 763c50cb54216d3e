"""Instances that come and go, and how many of something there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from cais.site.model.values import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.findings import Subject
    from cais.site.model.values import Key, MaybeFlag, MaybeNumber, MaybeText

PROXY = re.compile(r"https?[_-]proxy", re.IGNORECASE)
"""How curl, yum, Docker, the agent of ECS, the kubelet and Bottlerocket are told of one."""


class LaunchTemplate(Struct, frozen=True, kw_only=True):
    """A launch template or configuration. `hop_limit` and `metadata_tokens` are the metadata service's.

    The latter is "required" where it answers to tokens alone, else "optional".
    """

    key: Key
    subject: Subject
    image: MaybeText | None = None
    instance_type: MaybeText | None = None
    instance_profile: Key | None = None
    security_groups: tuple[Key, ...] = ()
    public_ip: MaybeFlag | None = None
    user_data: MaybeText | None = None
    hop_limit: MaybeNumber | None = None
    metadata_tokens: MaybeText | None = None

    @property
    def has_proxy(self) -> bool:
        """Whether its user data speaks of an HTTP proxy, or nobody knows what it says."""
        if self.user_data is None:
            return False
        parts = self.user_data.parts if isinstance(self.user_data, Text) else (self.user_data,)
        texts = [each for each in parts if isinstance(each, str)]
        return not texts or any(map(PROXY.search, texts))


class AutoScalingGroup(Struct, frozen=True, kw_only=True):
    """An auto scaling group. Sizes in instances; `target_groups` are those it registers with."""

    key: Key
    subject: Subject
    subnets: tuple[Key, ...] = ()
    launch_template: Key | None = None
    minimum: MaybeNumber | None = None
    maximum: MaybeNumber | None = None
    desired: MaybeNumber | None = None
    target_groups: tuple[Key, ...] = ()


class ScalableTarget(Struct, frozen=True, kw_only=True):
    """What Application Auto Scaling may scale, such as the count of an ECS service.

    `service` is that ECS service, where it is one of the site.
    """

    key: Key
    subject: Subject
    namespace: MaybeText
    resource: MaybeText
    minimum: MaybeNumber
    maximum: MaybeNumber
    service: Key | None = None


class Scaling(Struct, frozen=True, kw_only=True):
    """Everything above, by key. `other_instances` are those of EC2 that belong to no such group.

    `scaled` are the groups that policies, schedules and plans scale.
    """

    launch_templates: Mapping[Key, LaunchTemplate] = field(default_factory=dict)
    auto_scaling_groups: Mapping[Key, AutoScalingGroup] = field(default_factory=dict)
    scalable_targets: Mapping[Key, ScalableTarget] = field(default_factory=dict)
    other_instances: tuple[Subject, ...] = ()
    scaled: tuple[Key, ...] = ()
