"""Pods as a cluster's API gives them, and what is made of them."""

from __future__ import annotations

from typing import Any

import pytest

from cais.verify.kube_causes import Seen, diagnose
from cais.verify.kube_pods import Pod, pods_of, read_pod


def given(
    name: str = "comments-65d97c4-kf7b9", *, owner: str = "comments-65d97c4", **status: Any
) -> dict[str, Any]:
    metadata = {
        "name": name,
        "labels": {"pod-template-hash": owner.rpartition("-")[2]},
        "ownerReferences": [{"kind": "ReplicaSet", "name": owner}],
    }
    return {"metadata": metadata, "status": {"podIP": "10.244.0.5", **status}}


def container(restarts: int = 0, **states: Any) -> dict[str, Any]:
    return {"name": "service", "restartCount": restarts, **states}


def terminated(code: int, reason: str = "Error") -> dict[str, Any]:
    return {"terminated": {"exitCode": code, "reason": reason}}


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"waiting": {"reason": reason, "message": message}}


READY: Any = {"conditions": [{"type": "Ready", "status": "True"}]}


def test_a_pod_is_read():
    running = container(restarts=1, state={"running": {}}, lastState=terminated(137, "OOMKilled"))
    pod = read_pod(given(containerStatuses=[running], **READY))
    assert pod == Pod(
        name="comments-65d97c4-kf7b9",
        address="10.244.0.5",
        ready=True,
        leaving=False,
        restarts=1,
        waiting="",
        waiting_message="",
        ended="OOMKilled",
        exit_code=137,
        container="service",
        deployment="comments",
    )


def test_one_that_has_nothing_yet_is_neither_ready_nor_hopeless():
    pod = read_pod({"metadata": {"name": "bare"}})
    assert (pod.ready, pod.hopeless, pod.address, pod.deployment) == (False, False, "", "")


def test_pods_of_another_with_the_same_beginning_are_not_its_own():
    job = {
        "metadata": {
            "name": "comments-migrate-x1y2z",
            "ownerReferences": [{"kind": "Job", "name": "comments-migrate"}],
        }
    }
    worker = given("comments-worker-7f9c-abcde", owner="comments-worker-7f9c")
    assert [pod.name for pod in pods_of("comments", [job, given(), worker])] == ["comments-65d97c4-kf7b9"]


@pytest.mark.parametrize(
    ("status", "hopeless"),
    [
        (container(state=waiting("ImagePullBackOff")), True),
        (container(state=waiting("CreateContainerConfigError")), True),
        (container(state=waiting("ContainerCreating")), False),
        (container(restarts=1, state=waiting("CrashLoopBackOff")), False),
        (container(restarts=2, state={"running": {}}), True),
    ],
)
def test_to_wait_is_of_no_use(status: dict[str, Any], hopeless: bool):
    assert read_pod(given(containerStatuses=[status])).hopeless is hopeless


REFUSED = "Startup probe failed: Get http://10.0.0.1:8000/healthz: dial tcp: connect: connection refused"
NOWHERE: tuple[tuple[str, int], ...] = ()


@pytest.mark.parametrize(
    ("status", "seen", "cause", "says"),
    [
        (container(state=waiting("ErrImagePull", "no such image")), {}, "P17", "no such image"),
        (container(state=waiting("RunContainerError", "exec format error")), {}, "P19", "another processor"),
        (
            container(restarts=2, state=waiting("CrashLoopBackOff"), lastState=terminated(1)),
            {"logs": "standard_init_linux.go:228: exec user process caused: exec format error"},
            "P19",
            "another processor",
        ),
        (
            container(
                state=waiting(
                    "CreateContainerConfigError", "container has runAsNonRoot and image will run as root"
                )
            ),
            {},
            "",
            "may not run as root",
        ),
        (container(restarts=1, lastState=terminated(137, "OOMKilled")), {}, "H25", "ran out of memory"),
        (
            container(restarts=2, lastState=terminated(3)),
            {},
            "",
            "kf7b9 ended by itself with exit code 3",
        ),
        (
            container(restarts=2, lastState=terminated(1)),
            {"logs": "OSError: [Errno 30] Read-only file system: '/app/x'"},
            "",
            "read-only file system",
        ),
        (
            container(restarts=2, lastState=terminated(1)),
            {"warnings": [REFUSED], "listening": NOWHERE},
            "",
            "ended by itself with exit code 1",
        ),
        (
            container(restarts=2, lastState=terminated(1)),
            {"warnings": [REFUSED, "Container service failed startup probe, will be restarted"]},
            "H9",
            "nothing listens yet",
        ),
        (
            container(restarts=1),
            {
                "warnings": [
                    "Liveness probe failed: HTTP probe failed with statuscode: 503",
                    "Container service failed liveness probe, will be restarted",
                    "Readiness probe failed: dial tcp 10.244.0.5:8000: connect: connection refused",
                ]
            },
            "A2",
            "liveness probe is answered 503",
        ),
        (container(), {"warnings": [REFUSED]}, "H7", "nothing listens where its startup probe asks"),
        (container(restarts=1), {"warnings": [REFUSED]}, "H9", "nothing listens yet"),
        (container(), {"warnings": [REFUSED], "listening": NOWHERE}, "H9", "nothing listens yet"),
        (
            container(restarts=1),
            {"warnings": [REFUSED], "listening": [("127.0.0.1", 8000)]},
            "H6",
            "127.0.0.1:8000",
        ),
        (
            container(restarts=1),
            {"warnings": [REFUSED], "listening": [("0.0.0.0", 5000)]},  # noqa: S104 - what it says of itself
            "H7",
            "listens on port 5000, its startup probe asks at 8000",
        ),
        (
            container(),
            {"warnings": ["Readiness probe failed: HTTP probe failed with statuscode: 503"]},
            "A2",
            "readiness probe is answered 503",
        ),
        (
            container(),
            {"warnings": ["Liveness probe failed: HTTP probe failed with statuscode: 401"]},
            "H2",
            "liveness probe is answered 401",
        ),
        (
            container(),
            {"warnings": ["Startup probe failed: HTTP probe failed with statuscode: 404", "Back-off"]},
            "H1",
            "startup probe is answered 404",
        ),
        (
            container(),
            {"warnings": ["Readiness probe failed: Get x: context deadline exceeded"]},
            "H22",
            "not answered in time",
        ),
        (container(), {"said": "Error: timed out waiting for the condition\n"}, "", "timed out waiting"),
    ],
)
def test_what_is_seen_of_a_pod_is_told_by_its_cause(
    status: dict[str, Any], seen: dict[str, Any], cause: str, says: str
):
    pod = read_pod(given(containerStatuses=[status]))
    finding = diagnose(Seen(pods=[pod], port=8000, **seen), resource="Chart")
    assert (finding.cause, finding.resource) == (cause, "Chart")
    assert says in finding.message
    assert finding.fix
    assert finding.severity == "error"
