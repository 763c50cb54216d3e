"""What kubelets tell of the memory that pods use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest

from cais.verify.errors import VerifyError
from cais.verify.kube_memory import Used, memory, used
from cais.verify.report import Memory

if TYPE_CHECKING:
    from cais.verify.kube import Cluster

FORBIDDEN = (
    'Error from server (Forbidden): nodes "one" is forbidden: User "ci" cannot get resource "nodes/proxy" '
    'in API group "" at the cluster scope'
)
NOWHERE = "Error from server (NotFound): the server could not find the requested resource"
BUSY = "Error from server (ServiceUnavailable): the server is currently unable to handle the request"


def pod(name: str = "a", node: str = "one", *, limit: str = "") -> dict[str, Any]:
    container: dict[str, Any] = {"resources": {"limits": {"memory": limit}} if limit else {}}
    return {"metadata": {"name": name}, "spec": {"nodeName": node, "containers": [container]}}


@dataclass
class FakeCluster:
    """Answers with what the kubelets count, by node; text is why it does not."""

    summaries: dict[str, Any]
    namespace: str = "ours"

    def kubectl(self, *words: str) -> str:
        summary = self.summaries[words[-1].split("/")[4]]
        if isinstance(summary, str):
            raise VerifyError(summary)
        return json.dumps({"pods": summary})


def counted(name: str, mib: int, namespace: str = "ours", *, inside: bool = False) -> dict[str, Any]:
    figure = {"memory": {"workingSetBytes": mib * 2**20}}
    reference = {"podRef": {"name": name, "namespace": namespace}}
    return reference | ({"containers": [figure]} if inside else figure)


def seen(summaries: dict[str, Any], *pods: dict[str, Any]) -> Used:
    return used(cast("Cluster", FakeCluster(summaries)), pods)


def test_the_largest_pod_counts_wherever_it_runs():
    summaries = {
        "one": [counted("a", 30), counted("other", 500), counted("a", 600, "theirs")],
        "two": [counted("b", 40, inside=True)],
    }
    assert seen(summaries, pod("a", "one"), pod("b", "two")) == Used(mib=40)
    assert seen(summaries, pod("a", "one")) == Used(mib=30)


@pytest.mark.parametrize(
    "summaries", [{"one": [{"podRef": {"name": "a", "namespace": "ours"}}]}, {"one": []}]
)
def test_memory_that_is_not_counted_yet_may_be_later(summaries: dict[str, Any]):
    expected = Used(mib=None, why="the kubelets have not counted it")
    assert seen(summaries, pod()) == seen({}, pod("a", "")) == expected
    assert memory(None, 3, []) is None


@pytest.mark.parametrize(("why", "final"), [(FORBIDDEN, True), (NOWHERE, True), (BUSY, False)])
def test_who_is_refused_need_not_ask_again(why: str, final: bool):
    assert seen({"one": why}, pod()) == Used(mib=None, why=why, final=final)


@pytest.mark.parametrize(
    ("limit", "mib"), [("512Mi", 512), ("1Gi", 1024), ("268435456", 256), ("", None), ("half", None)]
)
def test_the_limit_is_that_of_the_container(limit: str, mib: int | None):
    assert memory(30, 20, [pod(limit=limit)]) == Memory(at_rest=30, under_load=30, limit=mib)
