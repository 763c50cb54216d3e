"""How pods ended, of the states that a cluster gives them."""

from __future__ import annotations

from typing import Any

import pytest

from cais.verify.kube_ends import End, ends
from tests.unit.verify.test_kube_pods import container, given, terminated, waiting

DUE = "2026-10-17T12:00:55Z"


def leaving(
    pod: dict[str, Any], end: dict[str, Any] | None = None, *, finished: str = "", grace: int = 55
) -> dict[str, Any]:
    """A pod that has until 12:00:55; `finished` is when its container ended as `end` says."""
    pod["metadata"] |= {"deletionTimestamp": DUE, "deletionGracePeriodSeconds": grace}
    if end:
        when = {"finishedAt": finished} if finished else {}
        states = {"terminated": {**end["terminated"], **when}}
        pod["status"]["containerStatuses"] = [container(state={"running": {}}), container(state=states)]
    return pod


@pytest.mark.parametrize(
    ("end", "finished", "killed"),
    [
        (terminated(137), "2026-10-17T12:00:55Z", True),
        (terminated(137), "2026-10-17T12:00:54Z", True),  # parts of a second are cut off
        (terminated(137), "2026-10-17T12:00:20Z", False),  # killed by another
        (terminated(137, "OOMKilled"), "2026-10-17T12:00:55Z", False),
        (terminated(137, "ContainerStatusUnknown"), "", False),
        (terminated(143), "2026-10-17T12:00:55Z", False),
        (terminated(0), "2026-10-17T12:00:54Z", False),  # in time, though it took all of it
    ],
)
def test_killed_is_one_that_took_all_its_time_and_ended_by_sigkill(
    end: dict[str, Any],
    finished: str,
    killed: bool,
):
    states = [leaving(given()), leaving(given(), end, finished=finished)]
    assert ends(states) == [End(pod="comments-65d97c4-kf7b9", grace=55, killed=killed)]


def test_the_kubelets_last_word_leaves_it_no_time_and_changes_nothing():
    killed = leaving(given(), terminated(137), finished=DUE)
    gone = leaving(given(), terminated(137), finished=DUE, grace=0)
    gone["metadata"]["deletionTimestamp"] = "2026-10-17T12:00:00Z"
    assert ends([killed, gone]) == [End(pod="comments-65d97c4-kf7b9", grace=55, killed=True)]


def test_of_one_whose_end_is_not_told_nobody_knows():
    """As kubelets before 1.22 may have it, which have forgotten the container by then."""
    forgotten = leaving(given(containerStatuses=[container(state=waiting("PodInitializing"))]), grace=0)
    assert ends([leaving(given()), forgotten]) == [End(pod="comments-65d97c4-kf7b9", grace=55, killed=None)]


def test_one_that_was_not_told_to_end_is_left_out():
    assert ends([given(containerStatuses=[container(state=terminated(137))])]) == []
