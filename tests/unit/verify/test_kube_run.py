"""A release in a cluster of make-believe, whose clock ticks with every look at its pods."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, cast

import pytest

from cais.verify import kube_run as module
from cais.verify.errors import VerifyError
from cais.verify.kube_release import Release
from cais.verify.kube_run import Run
from cais.verify.kube_targets import Targets
from cais.verify.load import Answer
from cais.verify.target_health import PASSED, Outcome, TargetHealth, mismatch
from cais.verify.workload import TargetCheck
from tests.unit.verify.test_kube_ends import leaving
from tests.unit.verify.test_kube_pods import container, given, terminated, waiting
from tests.unit.verify.test_scheduler import Silent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cais.verify.haproxy import HaproxyBalancer
    from cais.verify.kube import Cluster
    from cais.verify.report import StateChange

CHECK = TargetCheck(path="/healthz")
RUNNING = container(state={"running": {}})
LIVENESS = {"livenessProbe": {"periodSeconds": 10, "failureThreshold": 3, "timeoutSeconds": 5}}


def pod(name: str, *, ready: bool = True, template: str = "1", **status: Any) -> dict[str, Any]:
    made = given(f"comments-{template}-{name}", owner=f"comments-{template}", **status)
    made["status"].setdefault("containerStatuses", [RUNNING])
    made["status"]["conditions"] = [{"type": "Ready", "status": str(ready)}]
    made["spec"] = {"nodeName": "one", "containers": [LIVENESS]}
    return made


@dataclass
class World:
    """Seconds, and what the cluster's pods and events are at that time."""

    pods: Callable[[float], list[dict[str, Any]]]
    events: list[dict[str, Any]] = field(default_factory=list)
    outcome: Outcome = PASSED
    now: float = 0
    rolled: float | None = None
    said: list[tuple[str, ...]] = field(default_factory=list)


@dataclass
class Helm:
    world: World
    until: float
    code: int = 0
    killed: bool = False

    @property
    def returncode(self) -> int:
        return -9 if self.killed else self.code

    def poll(self) -> int | None:
        return self.returncode if self.killed or self.world.now >= self.until else None

    def kill(self) -> None:
        self.killed = True

    def communicate(self) -> tuple[str, None]:
        return ("Error: timed out waiting for the condition\n" if self.code else "", None)


@dataclass
class FakeCluster:
    world: World
    helm: Helm
    sockets: tuple[tuple[str, int], ...] | None = None
    states: list[dict[str, Any]] = field(default_factory=list)
    refused: str = "the kubelet is busy"
    namespace: str = "ours"

    def upgrade(self, *_: object, **__: object) -> Helm:
        return self.helm

    def get(self, kind: str) -> list[dict[str, Any]]:
        if kind == "events":
            return self.world.events
        self.world.now += 1
        return self.world.pods(self.world.now)

    def kubectl(self, *words: str) -> str:
        if words[0] != "rollout":
            raise VerifyError(self.refused)
        self.world.rolled = self.world.now
        return ""

    def watched(self, kind: str) -> nullcontext[list[dict[str, Any]]]:
        return nullcontext(self.states if kind == "pods" else [])

    def logs(self, pod: str) -> str:
        return f"the log of {pod}"

    def listening(self, pod: str) -> tuple[tuple[str, int], ...] | None:  # noqa: ARG002
        self.world.now += 1
        return self.sockets


@dataclass
class FakeBalancer:
    world: World
    url: str = "http://x"
    targets: dict[str, TargetHealth] = field(default_factory=dict)

    def register(self, copy: str, **_: object) -> None:
        self.targets[copy] = TargetHealth.registered(copy, check=CHECK, at=self.world.now)

    def deregister(self, copy: str) -> StateChange:
        self.targets[copy] = self.targets[copy].leaving(at=self.world.now)
        return self.targets[copy].now

    def remove(self, copy: str) -> None:
        del self.targets[copy]

    def poll(self) -> list[StateChange]:
        changes: list[StateChange] = []
        for copy, before in self.targets.items():
            old_enough = self.world.now - before.now.at >= 10 or before.now.state == "healthy"
            up = old_enough and self.world.outcome == PASSED
            self.targets[copy] = before.seen(self.world.outcome, up=up, at=self.world.now)
            changes += [self.targets[copy].now] if self.targets[copy].now != before.now else []
        return changes


@dataclass
class FakeLoad:
    """Its answers are those that the test names."""

    url: str
    path: str
    given: list[Answer] = field(default_factory=lambda: [Answer(0, 0.01, 200)] * 10)

    @property
    def answers(self) -> list[Answer]:
        return self.given

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def no_time_passes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module.time, "sleep", lambda _: None)
    monkeypatch.setattr(module, "Load", FakeLoad)
    monkeypatch.setattr(module, "require_reachable", lambda *_: None)
    monkeypatch.setattr(module, "first_answer", lambda *_: Answer(0, 0.02, 200))


def run(world: World, tmp_path: Path, *, until: float = 5, code: int = 0, **settings: Any) -> Run:
    release = Release(
        resource="Chart",
        name="comments",
        chart=tmp_path,
        values="{}",
        image="x",
        workload="comments",
        port=8000,
        check=CHECK,
        deregistration_delay=20,
        labels={},
    )
    cluster = FakeCluster(world, Helm(world, until, code), **settings)
    targets = Targets(
        balancer=cast("HaproxyBalancer", FakeBalancer(world)),
        port=8000,
        progress=Silent(),
        clock=lambda: world.now,
    )
    return Run(
        cluster=cast("Cluster", cluster), release=release, targets=targets, progress=Silent(), patience=60
    )


def rolling(world: World) -> Callable[[float], list[dict[str, Any]]]:
    """Two pods; ten seconds after a rollout was asked for, two others."""

    def pods(now: float) -> list[dict[str, Any]]:
        if world.rolled is None or now < world.rolled + 5:
            return [pod("a"), pod("b")]
        old = [pod("a"), pod("b")] if now < world.rolled + 10 else []
        for each in old:
            each["metadata"] |= {"deletionTimestamp": "now", "deletionGracePeriodSeconds": 55}
        return [*old, pod("c", template="2"), pod("d", template="2")]

    return pods


def well() -> World:
    world = World(pods=lambda _: [])
    world.pods = rolling(world)
    return world


def test_a_release_that_is_well_is_healthy_and_measured(tmp_path: Path):
    report = run(well(), tmp_path).report()
    assert (report.verdict, report.findings) == ("healthy", ())
    assert report.time_to_healthy == 10
    assert report.rollout
    assert 10 <= report.rollout.seconds <= 14
    assert report.memory is None
    assert report.cold
    assert report.cold.requests == 2
    states = [(change.copy, change.state) for change in report.states]
    assert states[:4] == [
        ("comments-1-a", "initial"),
        ("comments-1-b", "initial"),
        ("comments-1-a", "healthy"),
        ("comments-1-b", "healthy"),
    ]
    assert ("comments-1-a", "draining") in states
    assert ("comments-2-d", "healthy") in states


def test_it_is_watched_until_a_failing_liveness_probe_would_have_shown(tmp_path: Path):
    world = well()
    run(world, tmp_path).report()
    assert world.rolled
    assert world.now - world.rolled >= 40  # three periods, a time-out, and the event that comes late


def test_lost_requests_make_it_unhealthy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    lossy = [Answer(0, 0.01, 200), Answer(0, 0.01, 503)]
    monkeypatch.setattr(module, "Load", lambda url, path: FakeLoad(url, path, lossy))
    report = run(well(), tmp_path).report()
    assert report.verdict == "unhealthy"
    assert [finding.message for finding in report.findings] == ["1 of 2 requests failed under load"]


def test_one_that_cannot_come_up_is_given_up_before_helm_is(tmp_path: Path):
    stuck = pod("a", ready=False, containerStatuses=[container(state=waiting("ImagePullBackOff", "no"))])
    world = World(pods=lambda _: [stuck])
    report = run(world, tmp_path, until=1000).report()
    assert report.verdict == "unhealthy"
    assert [finding.cause for finding in report.findings] == ["P17"]
    assert world.now < 20
    assert report.states == ()


def test_what_helm_says_is_told_where_nothing_else_is_known(tmp_path: Path):
    report = run(World(pods=lambda _: []), tmp_path, code=1).report()
    assert [finding.message for finding in report.findings] == [
        "the pods are not ready: Error: timed out waiting for the condition"
    ]


def test_sockets_tell_why_a_probe_is_refused(tmp_path: Path):
    restarted = container(restarts=2, state={"running": {}}, lastState=terminated(137))
    world = World(pods=lambda _: [pod("a", ready=False, containerStatuses=[restarted])])
    refused = "Startup probe failed: dial tcp 10.0.0.1:8000: connect: connection refused"
    killed = "Container service failed startup probe, will be restarted"
    world.events = [{"type": "Warning", "message": refused}, {"type": "Normal", "message": killed}]
    report = run(world, tmp_path, sockets=(("127.0.0.1", 8000),)).report()
    assert [finding.cause for finding in report.findings] == ["H6"]
    assert report.findings[0].log_lines == ("the log of comments-1-a",)


def test_pods_that_are_ready_and_that_the_load_balancer_does_not_take_are_told_by_its_check(tmp_path: Path):
    world = World(pods=lambda _: [pod("a")], outcome=mismatch(404))
    report = run(world, tmp_path).report()
    (finding,) = report.findings
    assert finding.cause == "H1"
    assert finding.message == "the load balancer's check of /healthz is answered 404"
    assert [change.state for change in report.states] == ["initial", "unhealthy"]


def test_a_pod_that_is_restarted_is_unhealthy_with_what_its_probe_was_answered(tmp_path: Path):
    world = well()
    before = world.pods

    def pods(now: float) -> list[dict[str, Any]]:
        found = before(now)
        if world.rolled and now > world.rolled + 30:
            killed = "Container service failed liveness probe, will be restarted"
            answer = "Liveness probe failed: HTTP probe failed with statuscode: 503"
            about = {"name": "comments-2-c"}
            world.events = [
                {"type": "Warning", "message": answer, "involvedObject": about, "lastTimestamp": "1"},
                {"type": "Normal", "message": killed, "involvedObject": about, "lastTimestamp": "2"},
            ]
        return found

    world.pods = pods
    report = run(world, tmp_path).report()
    assert report.verdict == "unhealthy"
    assert [(finding.cause, finding.message) for finding in report.findings] == [
        ("A2", "its liveness probe is answered 503: what it asks for is away")
    ]


def test_a_pod_that_is_not_ready_for_a_while_is_taken_out_and_told_as_advice(tmp_path: Path):
    world = well()
    before = world.pods

    def pods(now: float) -> list[dict[str, Any]]:
        found = before(now)
        away = world.rolled and world.rolled + 20 < now < world.rolled + 30
        return [pod("c", template="2", ready=not away) if "-c" in str(each) else each for each in found]

    world.pods = pods
    report = run(world, tmp_path).report()
    assert report.verdict == "healthy"
    (advice,) = report.findings
    assert (advice.severity, advice.message) == (
        "advice",
        "comments-2-c was not ready for a while, and got no requests",
    )
    lives = [change.state for change in report.states if change.copy.startswith("comments-2-c")]
    assert lives == ["initial", "healthy", "draining", "initial", "healthy"]


def test_one_that_had_to_be_killed_ignores_sigterm(tmp_path: Path):
    states = [leaving(pod(name), terminated(137), finished="2026-10-17T12:00:55Z") for name in "ba"]
    states += [leaving(given("other-1-a", owner="other-1"), terminated(137), finished="2026-10-17T12:00:55Z")]
    report = run(well(), tmp_path, states=states).report()
    assert report.verdict == "unhealthy"
    assert "comments-1-a ignores SIGTERM: it was killed after 55 s" in report.findings[0].message


def test_an_end_that_nobody_saw_is_told(tmp_path: Path):
    report = run(well(), tmp_path, states=[leaving(pod("a"))]).report()
    assert report.verdict == "healthy"
    assert module.UNENDED in report.not_verified


def test_memory_that_may_not_be_asked_for_is_told_and_not_waited_for(tmp_path: Path):
    worlds = well(), well()
    refused = 'Error from server (Forbidden): nodes "one" is forbidden'
    asked = [
        run(world, tmp_path, refused=why).report()
        for world, why in zip(worlds, ("the kubelet is busy", refused), strict=True)
    ]
    assert [report.not_verified[0] for report in asked] == [
        "how much memory it uses: the kubelet is busy",
        f"how much memory it uses: {refused}",
    ]
    assert worlds[0].now - worlds[1].now >= module.COUNTED_SECONDS
