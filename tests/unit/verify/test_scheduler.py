"""The scheduler on an engine and a load balancer of make-believe, whose clock ticks with every look."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from cais.verify import scheduler as module
from cais.verify.ecs_service import EcsService, Rules
from cais.verify.engine import CopyState, Stopped
from cais.verify.evidence import ReplacedError
from cais.verify.scheduler import Scheduler
from cais.verify.target_health import Outcome, TargetHealth, failed, mismatch
from cais.verify.workload import TargetCheck, Workload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cais.verify.engine import Copy
    from cais.verify.report import StateChange

CHECK = TargetCheck(path="/")
RUNS = CopyState(running=True)


@dataclass
class World:
    """Seconds, and how copies fare: `healthy_after` seconds, or with `outcome` never."""

    now: float = 0
    healthy_after: float = 5
    outcome: Outcome | None = None
    states: dict[str, CopyState] = field(default_factory=dict)
    most: int = 0
    least: int = 99


@dataclass
class FakeCopy:
    name: str
    world: World
    port: int = 1
    check_port: int = 1

    def logs(self) -> str:
        return f"the log of {self.name}"

    def stop(self) -> Stopped:
        return Stopped(seconds=0, killed=False)

    def listening(self) -> Sequence[tuple[str, int]]:
        return (("0.0.0.0", 8000),)  # noqa: S104 - what it says of itself

    def memory_mib(self) -> None:
        pass


@dataclass
class FakeEngine:
    world: World
    name: str = "fake"
    leaves_out: tuple[str, ...] = ()

    def prepare(self, workload: Workload) -> str:
        return workload.name

    def start(self, workload: Workload, *, name: str, data: Path) -> FakeCopy:  # noqa: ARG002
        return FakeCopy(name, self.world)

    def states(self, copies: Sequence[Copy]) -> Mapping[str, CopyState]:
        return {copy.name: self.world.states.get(copy.name, RUNS) for copy in copies}

    def most_copies(self, workload: Workload) -> None:
        pass


@dataclass
class FakeBalancer:
    world: World
    url: str = "http://x"
    targets: dict[str, TargetHealth] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)

    def register(self, copy: str, *, port: int, check_port: int) -> None:  # noqa: ARG002
        self.since[copy] = self.world.now
        self.targets[copy] = TargetHealth.registered(copy, check=CHECK, at=self.world.now)

    def deregister(self, copy: str) -> StateChange:
        self.targets[copy] = self.targets[copy].leaving(at=self.world.now)
        return self.targets[copy].now

    def remove(self, copy: str) -> None:
        del self.targets[copy]

    def in_flight(self, copy: str) -> int:  # noqa: ARG002
        return 0

    def poll(self) -> list[StateChange]:
        """A second passes."""
        world, changes = self.world, []
        world.now += 1
        for copy, target in self.targets.items():
            up = world.outcome is None and world.now - self.since[copy] >= world.healthy_after
            seen = world.outcome or (Outcome() if up else None)
            self.targets[copy] = target.seen(seen, up=up, at=world.now)
            changes += [self.targets[copy].now] if self.targets[copy].now != target.now else []
        serving = [each.now.state for each in self.targets.values() if each.now.state != "draining"]
        world.most = max(world.most, len(serving))
        world.least = min(world.least, serving.count("healthy")) if "new-1" in self.since else world.least
        return changes


class Silent:
    def step(self, text: str) -> None:
        pass

    def changed(self, change: StateChange) -> None:
        pass


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(module.time, "sleep", lambda _: None)
    return World()


def scheduler(world: World, tmp_path: Path, **settings: Any) -> Scheduler:
    workload = Workload(name="web", image="x", port=8000, check=CHECK)
    rules = Rules(deregistration_delay=20)
    return Scheduler(
        service=EcsService(resource="Service", task="Task", workload=workload, rules=rules, **settings),
        engine=FakeEngine(world),
        balancer=FakeBalancer(world),
        data=tmp_path,
        health_path=None,
        progress=Silent(),
        clock=lambda: world.now,
    )


def running(world: World, tmp_path: Path, **settings: Any) -> Scheduler:
    scheduled = scheduler(world, tmp_path, **settings)
    names = [f"old-{number}" for number in range(scheduled.service.copies)]
    scheduled.start(names)
    assert scheduled.wait_until_healthy(names) == 5
    return scheduled


@pytest.mark.parametrize(
    ("percent", "bounds"),
    [((100, 200), (4, 8)), ((50, 150), (2, 6)), ((50, 100), (2, 4)), ((0, 100), (0, 4))],
)
def test_a_deployment_stays_within_its_bounds(
    world: World, tmp_path: Path, percent: tuple[int, int], bounds: tuple[int, int]
):
    settings = {"copies": 4, "minimum_healthy_percent": percent[0], "maximum_percent": percent[1]}
    scheduled = running(world, tmp_path, **settings)
    scheduled.roll()
    assert sorted(scheduled.copies) == ["new-1", "new-2", "new-3", "new-4"]
    assert (world.least, world.most) == bounds


def test_a_copy_that_leaves_is_drained_for_the_whole_delay(world: World, tmp_path: Path):
    scheduled = running(world, tmp_path, copies=1)
    began = world.now
    assert scheduled.roll() >= 25
    states = [(change.copy, change.state) for change in scheduled.changes]
    assert states[-2:] == [("new-1", "healthy"), ("old-0", "draining")]
    assert world.now - began >= 25
    assert list(scheduled.stopped) == ["old-0"]


def test_an_unhealthy_copy_is_let_be_for_as_long_as_the_grace_period_lasts(world: World, tmp_path: Path):
    world.outcome = mismatch(404)
    scheduled = scheduler(world, tmp_path, grace_period=120)
    scheduled.start(["old-0"])
    with pytest.raises(ReplacedError) as raised:
        scheduled.wait_until_healthy(["old-0"])
    assert raised.value.evidence.age == 120
    assert raised.value.evidence.check == mismatch(404)
    assert raised.value.evidence.logs == "the log of old-0"


def test_one_that_turns_healthy_within_the_grace_period_stays(world: World, tmp_path: Path):
    world.outcome = failed()
    scheduled = scheduler(world, tmp_path, grace_period=120)
    scheduled.start(["old-0"])
    while world.now < 60:
        scheduled.look()
    world.outcome = None
    assert scheduled.wait_until_healthy(["old-0"]) == 61
    assert [change.state for change in scheduled.changes] == ["initial", "unhealthy", "healthy"]


def test_one_that_ended_is_given_up_at_once(world: World, tmp_path: Path):
    world.states["old-0"] = CopyState(running=False, exit_code=3)
    scheduled = scheduler(world, tmp_path, grace_period=120)
    scheduled.start(["old-0"])
    with pytest.raises(ReplacedError) as raised:
        scheduled.wait_until_healthy(["old-0"])
    assert raised.value.evidence.age == 1


def test_the_containers_own_check_counts_too(world: World, tmp_path: Path):
    world.states["old-0"] = CopyState(running=True, health="starting")
    scheduled = scheduler(world, tmp_path)
    scheduled.start(["old-0"])
    while world.now < 30:
        scheduled.look()
    world.states["old-0"] = CopyState(running=True, health="unhealthy", health_code=1)
    with pytest.raises(ReplacedError) as raised:
        scheduled.wait_until_healthy(["old-0"])
    assert raised.value.evidence.state.health == "unhealthy"
