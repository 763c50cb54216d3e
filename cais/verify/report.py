"""What a run found out: one report for each target, the same in text and in JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TargetState = Literal["initial", "healthy", "unhealthy", "draining", "unused"]
"""The states of a target in the load balancer's own words.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

Verdict = Literal["healthy", "unhealthy", "unknown"]
"""`unknown` is a target that could not be run: an engine is missing, or the image is not at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """A copy of the service that came into a state, `at` seconds after the run began.

    `reason` is a reason code such as "Target.Timeout", "" for a healthy one.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
    """

    at: float
    copy: str
    state: TargetState
    reason: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Times of `requests` answers, in milliseconds. A cold one is the first of a copy."""

    p50: float
    p99: float
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """A rolling deployment under load: `seconds` from its start until the last old copy was gone."""

    seconds: float
    requests: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Of one copy, in MiB: when it was healthy, the most under load, and what the template allows it."""

    at_rest: float
    under_load: float
    limit: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyFinding:
    """What is wrong: a cause of the catalogue, what it was seen on, and what to do.

    `resource` is a logical id, a file or a name of the template. A finding of severity "advice" leaves the
    target healthy.
    """

    cause: str
    resource: str
    message: str
    fix: str
    log_lines: tuple[str, ...] = ()
    severity: Literal["error", "advice"] = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetReport:
    """What became of the image on one target. Times are in seconds.

    `image` is the digest of the image that ran, the same on every target; "" where none was built.
    `image_mib` is its size.
    `time_to_healthy` is from the start of a copy until the load balancer sent it requests, the slowest one's.
    `not_verified` are sentences on what this engine or this run does not show.
    """

    target: str
    engine: str
    verdict: Verdict
    image: str = ""
    image_mib: float | None = None
    states: tuple[StateChange, ...] = ()
    time_to_healthy: float | None = None
    cold: Latency | None = None
    warm: Latency | None = None
    rollout: Rollout | None = None
    memory: Memory | None = None
    findings: tuple[VerifyFinding, ...] = ()
    not_verified: tuple[str, ...] = ()
