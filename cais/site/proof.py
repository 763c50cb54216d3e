"""A proof: what the three provers of the site answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cais.findings import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Whether something holds, and why.

    `steps` tell the story, each naming the resources it rests on. `culprit` is the resource to change
    where it is refuted. `missing` names the value or fact without which it stays unproven.
    """

    verdict: Literal["proven", "refuted", "unproven"]
    steps: tuple[str, ...] = ()
    culprit: Subject | None = None
    missing: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is proven."""
        return self.verdict == "proven"
