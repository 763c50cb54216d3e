"""The health of one target over time, as a load balancer sees it.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cais.verify.report import StateChange

if TYPE_CHECKING:
    from cais.verify.report import TargetState
    from cais.verify.workload import TargetCheck

CHECKING = "Elb.InitialHealthChecking"
MISMATCH = "Target.ResponseCodeMismatch"
TIMEOUT = "Target.Timeout"
FAILED = "Target.FailedHealthChecks"
LEAVING = "Target.DeregistrationInProgress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Of a health check: `reason` is "" for one that passed. `status` is the response's code, 0 for none."""

    reason: str = ""
    description: str = ""
    status: int = 0


PASSED = Outcome()


def mismatch(status: int) -> Outcome:
    """A response whose code the matcher does not take."""
    return Outcome(
        reason=MISMATCH, description=f"Health checks failed with these codes: [{status}]", status=status
    )


def timed_out() -> Outcome:
    """No response in time."""
    return Outcome(reason=TIMEOUT, description="Request timed out")


def failed(why: str = "") -> Outcome:
    """No connection, or no HTTP."""
    return Outcome(reason=FAILED, description=f"Health checks failed{f' ({why})' if why else ''}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetHealth:
    """A registered target at some time. Times are in seconds on one clock.

    `failing_since` is the first of the failed checks that were not followed by one that passed.
    """

    copy: str
    check: TargetCheck
    now: StateChange
    last: Outcome | None = None
    failing_since: float | None = None

    @classmethod
    def registered(cls, copy: str, *, check: TargetCheck, at: float) -> TargetHealth:
        """A target that was registered just now."""
        change = StateChange(at=at, copy=copy, state="initial", reason=CHECKING)
        return cls(copy=copy, check=check, now=change)

    def seen(self, outcome: Outcome | None, *, up: bool, at: float) -> TargetHealth:
        """The target after a look at it: `outcome` of its newest check, None where there was none yet.

        `up` is whether the checks that passed in a row are as many as it takes.
        """
        if self.now.state == "draining" or outcome is None:
            return self
        failing = self.failing_since if self.failing_since is not None else at
        after = replace(self, last=outcome, failing_since=failing if outcome.reason else None)
        if up:
            return _into(after, "healthy", PASSED, at)
        if not outcome.reason:
            return after
        if self.now.state != "initial" or _failed_often_enough(after, at):
            return _into(after, "unhealthy", outcome, at)
        return after

    def leaving(self, *, at: float) -> TargetHealth:
        """The target after it was deregistered."""
        change = StateChange(at=at, copy=self.copy, state="draining", reason=LEAVING)
        return replace(self, now=change)


def _failed_often_enough(target: TargetHealth, at: float) -> bool:
    """Whether as many checks in a row have failed as make a target unhealthy."""
    if target.failing_since is None:
        return False
    checks = 1 + (at - target.failing_since) // target.check.interval
    return checks >= target.check.unhealthy_threshold


def _into(target: TargetHealth, state: TargetState, outcome: Outcome, at: float) -> TargetHealth:
    if (target.now.state, target.now.description) == (state, outcome.description):
        return target
    change = StateChange(
        at=at, copy=target.copy, state=state, reason=outcome.reason, description=outcome.description
    )
    return replace(target, now=change)
