"""The memory that pods use, as the kubelets of their nodes count it.

https://kubernetes.io/docs/reference/instrumentation/node-metrics/
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cais.verify.errors import VerifyError
from cais.verify.report import Memory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cais.verify.kube import Cluster

MEBIBYTE = 2**20
UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "k": 10**3, "M": 10**6, "G": 10**9, "": 1}
QUANTITY = re.compile(r"(\d+)(Ki|Mi|Gi|k|M|G|)")
FOR_GOOD = re.compile(r"\((Forbidden|NotFound|MethodNotAllowed|Unauthorized)\)")
"""What kubectl names where to ask again is of no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """The most memory that one of some pods uses, in MiB; None where `why` says what keeps us from knowing.

    `final` is whether that stays so, however often the kubelets are asked.
    """

    mib: float | None
    why: str = ""
    final: bool = False


def used(cluster: Cluster, pods: Sequence[Mapping[str, Any]]) -> Used:
    """What the kubelets count of the pods now."""
    names = {pod["metadata"]["name"] for pod in pods}
    nodes = {pod["spec"].get("nodeName", "") for pod in pods}
    try:
        summaries = [
            json.loads(cluster.kubectl("get", f"--raw=/api/v1/nodes/{node}/proxy/stats/summary"))
            for node in nodes - {""}
        ]
    except VerifyError as error:
        return Used(mib=None, why=str(error), final=bool(FOR_GOOD.search(str(error))))
    amounts = (
        _counted(pod)
        for summary in summaries
        for pod in summary.get("pods", [])
        if pod["podRef"]["namespace"] == cluster.namespace and pod["podRef"]["name"] in names
    )
    most = max((amount / MEBIBYTE for amount in amounts if amount), default=None)
    return Used(mib=most, why="" if most else "the kubelets have not counted it")


def _counted(pod: Mapping[str, Any]) -> int:
    """Bytes of its containers, 0 where the kubelet has not counted them yet."""
    given = [each.get("memory", {}).get("workingSetBytes", 0) for each in pod.get("containers", [])]
    return pod.get("memory", {}).get("workingSetBytes", 0) or (sum(given) if all(given) else 0)


def memory(rest: float | None, busy: float | None, pods: Sequence[Mapping[str, Any]]) -> Memory | None:
    """Of one pod; `rest` and `busy` in MiB. None where they are not known."""
    if rest is None or busy is None:
        return None
    limits = (
        each.get("resources", {}).get("limits", {}).get("memory", "")
        for pod in pods
        for each in pod["spec"]["containers"]
    )
    found = next(filter(None, (QUANTITY.fullmatch(limit) for limit in limits)), None)
    limit = int(found[1]) * UNITS[found[2]] // MEBIBYTE if found else None
    return Memory(at_rest=rest, under_load=max(rest, busy), limit=limit)
