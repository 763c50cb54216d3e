"""What each target does for `cais verify` and `cais up`, and where each lives."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from cais.contract import Contract
    from cais.template import Assembly
    from cais.verify.engine import EngineName
    from cais.verify.report import StateChange, TargetReport

VERIFIERS = {
    "ecs": "cais.verify.ecs",
    "eks": "cais.verify.kubernetes",
    "serverless": "cais.verify.lambda_target",
}
"""Target to the module whose `VERIFIER` runs it: only those that are asked for are loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line asks of every target.

    `home` is a folder of ours for what outlives a run, such as virtual environments. `environment` and
    `secrets` replace what the template says; `{data}` in a value becomes a folder that all copies share.
    `build_args` go to every `docker build`. `kubeconfig` and `context` name the cluster; None is kubectl's
    own choice. `image` is one that the cluster has or can pull; `patience` is how many seconds pods may take.
    """

    home: Path
    engine: EngineName = "auto"
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    build_args: Mapping[str, str] = field(default_factory=dict)
    contract: Contract | None = None
    kubeconfig: Path | None = None
    context: str | None = None
    image: str | None = None
    patience: float = 180


class Progress(Protocol):
    """Who is told how a run goes on."""

    def step(self, text: str) -> None:
        """What is being done now."""
        ...

    def changed(self, change: StateChange) -> None:
        """A copy came into another state."""
        ...


class Service(Protocol):
    """A target that answers at `url` for as long as it is kept running."""

    @property
    def url(self) -> str:
        """Where it answers."""
        ...

    def alive(self) -> bool:
        """Whether at least one copy still runs."""
        ...

    def logs(self) -> str:
        """Its last lines of output."""
        ...


class Verifier(Protocol):
    """One target. Both raise VerifyError; EngineMissingError where the machine lacks what they need."""

    def verify(self, assembly: Assembly, *, request: Request, progress: Progress) -> TargetReport:
        """Runs the target, measures it and leaves nothing of it behind."""
        ...

    def up(
        self, assembly: Assembly, *, request: Request, progress: Progress
    ) -> AbstractContextManager[Service]:
        """The target, running and healthy inside the block; nothing of it is left after."""
        ...


def verifier(target: str) -> Verifier:
    """The verifier of `target`, a key of VERIFIERS."""
    return cast("Verifier", import_module(VERIFIERS[target]).VERIFIER)
