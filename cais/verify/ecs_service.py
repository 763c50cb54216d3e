"""An ECS service as a run needs it: what its tasks run, and how a deployment replaces them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cais.verify.workload import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How a target group treats its targets, beyond their check. Times are in seconds.

    `tls` is whether the load balancer speaks HTTPS to them.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
    """

    deregistration_delay: float = 300
    slow_start: float = 0
    idle_timeout: float = 60
    least_outstanding: bool = False
    tls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EcsService:
    """A service behind a load balancer. `grace_period` in seconds.

    `unknown` names variables that only a deployment can give, `left_out` containers and settings of the
    task that are not run. `resource` and `task` are logical ids.
    """

    resource: str
    task: str
    workload: Workload
    rules: Rules
    copies: int = 1
    grace_period: float = 0
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    unknown: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def least(self) -> int:
        """How many healthy copies a deployment keeps; ECS rounds up."""
        return math.ceil(self.copies * self.minimum_healthy_percent / 100)

    @property
    def most(self) -> int:
        """How many copies there may be during a deployment; ECS rounds down."""
        return math.floor(self.copies * self.maximum_percent / 100)
