"""What pods tell of a release that runs."""

from __future__ import annotations

from typing import Any

import pytest

from cais.verify.errors import EngineMissingError
from cais.verify.kube_running import image_digest, liveness_seconds, require_reachable
from cais.verify.ports import HOST, free_port, listener, port_of

DIGEST = f"sha256:{'a' * 64}"


def pod(image: str = "", probe: dict[str, int] | None = None) -> dict[str, Any]:
    container = {"livenessProbe": probe} if probe else {}
    return {"spec": {"containers": [container]}, "status": {"containerStatuses": [{"imageID": image}]}}


@pytest.mark.parametrize(
    ("image", "digest"),
    [(DIGEST, DIGEST), (f"docker.io/library/comments@{DIGEST}", DIGEST), ("", ""), ("comments:1", "")],
)
def test_the_digest_is_that_of_what_runs(image: str, digest: str):
    assert image_digest([pod(), pod(image=image)]) == digest


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
