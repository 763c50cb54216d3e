"""What is seen of a copy when it is given up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cais.verify.errors import VerifyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cais.verify.engine import CopyState
    from cais.verify.target_health import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A copy that ECS would replace. Times are in seconds since its start.

    `check` is the newest check of the load balancer, None before the first. `listening` are its sockets,
    None where they cannot be seen. `healthy_after` is when it did turn healthy, too late. `ready` says
    whether it answers well on the contract's health path, None where that is not known.
    """

    copy: str
    age: float
    state: CopyState
    check: Outcome | None
    logs: str
    listening: Sequence[tuple[str, int]] | None = None
    healthy_after: float | None = None
    answers_health_path: bool | None = None


class ReplacedError(VerifyError):
    """ECS would stop a copy and start another, again and again."""

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(f"{evidence.copy} would be replaced")
        self.evidence = evidence
