"""How pods ended that were told to, by what the cluster wrote of them.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

KILLED = 137  # 128 and SIGKILL
OTHERWISE = frozenset({"OOMKilled", "ContainerStatusUnknown"})
"""Reasons for which an end has the code of SIGKILL too, or is given it without being known."""
SECOND = timedelta(seconds=1)  # the cluster writes no parts of one


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a pod ended: `killed` is whether it took all the seconds that it had, `grace`, and then SIGKILL.

    None is where the cluster did not say how it ended.
    """

    pod: str
    grace: float
    killed: bool | None


def ends(states: Sequence[Mapping[str, Any]]) -> list[End]:
    """Those of all pods that were told to end, of every state that they went through, the latest last."""
    leaving: dict[str, list[Mapping[str, Any]]] = {}
    for state in states:
        if "deletionTimestamp" in state["metadata"]:
            leaving.setdefault(state["metadata"]["name"], []).append(state)
    return [_end(name, seen) for name, seen in leaving.items()]


def _end(name: str, states: Sequence[Mapping[str, Any]]) -> End:
    # The kubelet's own last word, that it may go now, takes what is left of its time away.
    grace = max(state["metadata"].get("deletionGracePeriodSeconds", 0) for state in states)
    due = max(_time(state["metadata"]["deletionTimestamp"]) for state in states)
    told = [each for state in states for each in _terminated(state)]
    return End(pod=name, grace=grace, killed=any(_is_killed(each, due) for each in told) if told else None)


def _terminated(state: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for container in state.get("status", {}).get("containerStatuses", []):
        if "terminated" in container.get("state", {}):
            yield container["state"]["terminated"]


def _is_killed(terminated: Mapping[str, Any], due: datetime) -> bool:
    if terminated["exitCode"] != KILLED or terminated.get("reason") in OTHERWISE:
        return False
    finished = terminated.get("finishedAt")
    return bool(finished) and _time(finished) >= due - SECOND


def _time(given: str) -> datetime:
    return datetime.fromisoformat(given)
