"""A proof: what the three provers of the site answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cais.findings import Subject


class Proof(Struct, frozen=True, kw_only=True):
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


def every(proofs: Iterable[Proof]) -> Proof:
    """All of them have to hold: the first that is refuted, else the first that is open, decides."""
    steps: dict[str, None] = {}
    unproven: Proof | None = None
    for proof in proofs:
        if proof.verdict == "refuted":
            return proof
        if proof.verdict == "unproven":
            unproven = unproven or proof
        steps |= dict.fromkeys(proof.steps)
    return unproven or Proof(verdict="proven", steps=tuple(steps))


def either(proofs: Iterable[Proof]) -> Proof:
    """They ask the same of one thing, written differently: what holds decides, then what does not."""
    best: Proof | None = None
    for proof in proofs:
        if proof.verdict == "proven":
            return proof
        if best is None or (best.verdict, proof.verdict) == ("unproven", "refuted"):
            best = proof
    return best or Proof(verdict="unproven")
