"""Proofs taken together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Iterable

PROVEN = Proof(verdict="proven")


def every(proofs: Iterable[Proof]) -> Proof:
    """All of them have to hold: the first that is refuted, else the first that is open, decides."""
    given = tuple(proofs)
    for verdict in ("refuted", "unproven"):
        if bad := next((proof for proof in given if proof.verdict == verdict), None):
            return bad
    return Proof(verdict="proven", steps=tuple(dict.fromkeys(step for each in given for step in each.steps)))


def either(proofs: Iterable[Proof]) -> Proof:
    """They ask the same of one thing, written differently: what holds decides, then what does not."""
    return min(proofs, key=lambda proof: ("proven", "refuted", "unproven").index(proof.verdict))
