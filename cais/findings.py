"""Findings: what a rule says about one resource, as a frozen value with its evidence."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Verdict = Literal["proven", "refuted", "unproven", "advice"]
Speed = Literal["fast", "slow"]


class Subject(Struct, frozen=True, kw_only=True):
    """The resource that a finding is about."""

    template: str
    logical_id: str
    type: str
    construct_path: str | None = None
    line: int | None = None


class Finding(Struct, frozen=True, kw_only=True):
    """One verdict of one rule on one resource.

    `refuted` means: this deployment will not come up, or will hang or cycle. `advice` is a risk that does
    not stop it. `unproven` names what is missing in `message` and the command that settles it in `fix`.
    `evidence` is the proof, a step a line, each naming the resource it rests on. `service` groups the
    findings of one service, function or workload in reports; `aspect` tells several findings of one rule
    on it apart, such as a container's name.
    """

    rule: str
    verdict: Verdict
    subject: Subject
    message: str
    speed: Speed = "slow"
    causes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    fix: str = ""
    service: str = ""
    aspect: str = ""
