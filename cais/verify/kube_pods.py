"""Pods as the API has them.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ENOUGH_RESTARTS = 2
NO_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"})
NOT_MADE = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})
ON_THE_WAY = frozenset({"PodInitializing", "ContainerCreating"})
TEMPLATE = "pod-template-hash"
"""The label by which a Deployment names its ReplicaSet, and that its pods."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """A pod. `restarts` counts those of all its containers; `ended` is why one of them, `container`, ended.

    `deployment` is the Deployment that it is of, "" where it is of none.
    """

    name: str
    address: str
    ready: bool
    leaving: bool
    restarts: int
    waiting: str
    waiting_message: str
    ended: str
    exit_code: int | None
    container: str = ""
    deployment: str = ""

    @property
    def hopeless(self) -> bool:
        """Whether to wait longer for it is of no use."""
        return self.waiting in NO_IMAGE | NOT_MADE or self.restarts >= ENOUGH_RESTARTS


def read_pod(given: Mapping[str, Any]) -> Pod:
    """A pod out of its JSON."""
    metadata, status = given["metadata"], given.get("status", {})
    containers = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    waiting = [each["state"]["waiting"] for each in containers if "waiting" in each.get("state", {})]
    ended = [(each["name"], last) for each in containers if (last := _ended(each))]
    conditions = {each["type"]: each["status"] for each in status.get("conditions", [])}
    reasons = [each for each in waiting if each.get("reason") not in ON_THE_WAY]
    return Pod(
        name=metadata["name"],
        address=status.get("podIP", ""),
        ready=conditions.get("Ready") == "True",
        leaving="deletionTimestamp" in metadata,
        restarts=sum(each.get("restartCount", 0) for each in containers),
        waiting=reasons[0].get("reason", "") if reasons else "",
        waiting_message=reasons[0].get("message", "") if reasons else "",
        ended=ended[0][1].get("reason", "") if ended else "",
        exit_code=ended[0][1].get("exitCode") if ended else None,
        container=ended[0][0] if ended else "",
        deployment=_deployment(metadata),
    )


def pods_of(deployment: str, given: Sequence[Mapping[str, Any]]) -> list[Pod]:
    """Those of the Deployment: a namespace may have others, such as a job's."""
    return [pod for pod in map(read_pod, given) if pod.deployment == deployment]


def _deployment(metadata: Mapping[str, Any]) -> str:
    template = f"-{metadata.get('labels', {}).get(TEMPLATE, '')}"
    owners = (each["name"] for each in metadata.get("ownerReferences", []) if each["kind"] == "ReplicaSet")
    return next((name.removesuffix(template) for name in owners), "")


def _ended(container: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """How a container that failed has ended, now or the time before."""
    for state in (container.get("state", {}), container.get("lastState", {})):
        if state.get("terminated", {}).get("exitCode"):
            return state["terminated"]
    return None
