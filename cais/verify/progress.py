"""Progress on stderr: a line for every step and for every change of a copy's state."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from cais.verify.report import StateChange

COLORS = {"healthy": "32", "unhealthy": "31", "initial": "33", "draining": "33", "unused": "33"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Plain lines; on a terminal, states in color."""

    stream: TextIO
    color: bool = False

    def step(self, text: str) -> None:
        """What is being done now."""
        print(text, file=self.stream, flush=True)

    def changed(self, change: StateChange) -> None:
        """A copy came into another state."""
        state = f"\033[{COLORS[change.state]}m{change.state}\033[0m" if self.color else change.state
        why = ": ".join(part for part in (change.reason, change.description) if part)
        self.step(f"  {change.at:6.1f} s  {change.copy}  {state}{f'  {why}' if why else ''}")


def terminal_progress() -> Lines:
    """Lines on stderr, which leave stdout to the result."""
    return Lines(stream=sys.stderr, color=sys.stderr.isatty() and not os.environ.get("NO_COLOR"))
