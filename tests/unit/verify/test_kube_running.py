"""What pods and kubelets tell of a release that runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest

from cais.verify.errors import EngineMissingError, VerifyError
from cais.verify.kube_running import image_digest, liveness_seconds, memory, require_reachable, used_mib
from cais.verify.ports import HOST, free_port, listener, port_of
from cais.verify.report import Memory

if TYPE_CHECKING:
    from cais.verify.kube import Cluster

DIGEST = f"sha256:{'a' * 64}"


def pod(
    name: str = "a",
    node: str = "one",
    *,
    image: str = "",
    limit: str = "",
    probe: dict[str, int] | None = None,
) -> dict[str, Any]:
    container: dict[str, Any] = {"resources": {"limits": {"memory": limit}} if limit else {}}
    if probe:
        container["livenessProbe"] = probe
    return {
        "metadata": {"name": name},
        "spec": {"nodeName": node, "containers": [container]},
        "status": {"containerStatuses": [{"imageID": image}]},
    }


@dataclass
class FakeCluster:
    """Answers with what the kubelets count, by node."""

    summaries: dict[str, Any]
    namespace: str = "ours"

    def kubectl(self, *words: str) -> str:
        node = words[-1].split("/")[4]
        if node not in self.summaries:
            raise VerifyError("forbidden")
        return json.dumps({"pods": self.summaries[node]})


def counted(name: str, mib: int, namespace: str = "ours", *, inside: bool = False) -> dict[str, Any]:
    figure = {"memory": {"workingSetBytes": mib * 2**20}}
    reference = {"podRef": {"name": name, "namespace": namespace}}
    return reference | ({"containers": [figure]} if inside else figure)


def used(summaries: dict[str, Any], *pods: dict[str, Any]) -> float | None:
    return used_mib(cast("Cluster", FakeCluster(summaries)), pods)


@pytest.mark.parametrize(
    ("image", "digest"),
    [(DIGEST, DIGEST), (f"docker.io/library/comments@{DIGEST}", DIGEST), ("", ""), ("comments:1", "")],
)
def test_the_digest_is_that_of_what_runs(image: str, digest: str):
    assert image_digest([pod(), pod(image=image)]) == digest


def test_the_largest_pod_counts_wherever_it_runs():
    summaries = {
        "one": [counted("a", 30), counted("other", 500), counted("a", 600, "theirs")],
        "two": [counted("b", 40, inside=True)],
    }
    assert used(summaries, pod("a", "one"), pod("b", "two")) == 40
    assert used(summaries, pod("a", "one")) == 30


def test_memory_that_is_not_counted_is_not_known():
    assert used({"one": [{"podRef": {"name": "a", "namespace": "ours"}}]}, pod("a", "one")) is None
    assert used({}, pod("a", "one")) is None
    assert used({}, pod("a", "")) is None
    assert memory(None, 3, []) is None


@pytest.mark.parametrize(
    ("limit", "mib"), [("512Mi", 512), ("1Gi", 1024), ("268435456", 256), ("", None), ("half", None)]
)
def test_the_limit_is_that_of_the_container(limit: str, mib: int | None):
    assert memory(30, 20, [pod(limit=limit)]) == Memory(at_rest=30, under_load=30, limit=mib)


def test_a_liveness_probe_is_let_fail_for_as_long_as_it_says():
    given = {"initialDelaySeconds": 5, "periodSeconds": 3, "failureThreshold": 4, "timeoutSeconds": 2}
    assert liveness_seconds([pod(probe=given), pod()]) == 19
    assert liveness_seconds([pod(probe={"periodSeconds": 10})]) == 31
    assert liveness_seconds([pod()]) == 0


def test_pods_that_answer_or_refuse_are_reached():
    with listener(0) as listening:
        require_reachable([HOST], port_of(listening))
    require_reachable([HOST], free_port())
    require_reachable([], 8000)


def test_pods_behind_no_way_are_no_fault_of_the_application(monkeypatch: pytest.MonkeyPatch):
    def lost(address: tuple[str, int], timeout: float) -> None:
        raise TimeoutError(f"timed out: {address} after {timeout} s")

    monkeypatch.setattr("cais.verify.kube_running.socket.create_connection", lost)
    with pytest.raises(EngineMissingError, match=r"does not reach them at 10\.244\.0\.5:8000"):
        require_reachable(["10.244.0.5"], 8000)
