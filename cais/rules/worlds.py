"""Several worlds, one verdict: what holds whichever way the undecided conditions turn out."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from cais.findings import Finding

WEIGHT = {"refuted": 0, "unproven": 1, "advice": 2, "proven": 3}


class World(Struct, frozen=True, kw_only=True):
    """What the rules found in one world, and which world that is."""

    findings: tuple[Finding, ...]
    assumptions: tuple[str, ...] = ()


def merged(worlds: Sequence[World], *, complete: bool) -> tuple[Finding, ...]:
    """The findings that hold for the deployment, whichever of these worlds it turns out to be.

    A resource is refuted where it is in every world, and proven where it is in every world that has the
    resource; else it is unproven, and the message names the conditions. Without `complete` there are worlds
    that nobody looked at: nothing is refuted or proven then.
    """
    if len(worlds) == 1 and complete:
        return worlds[0].findings
    sightings: dict[Hashable, dict[int, Finding]] = defaultdict(dict)
    for number, world in enumerate(worlds):
        for finding in world.findings:
            known = sightings[_question(finding)].setdefault(number, finding)
            if WEIGHT[finding.verdict] < WEIGHT[known.verdict]:
                sightings[_question(finding)][number] = finding
    return tuple(_verdict(seen, worlds, complete=complete) for seen in sightings.values())


def _question(finding: Finding) -> Hashable:
    """What a finding answers: of a service, the resource to blame may differ from world to world."""
    about = finding.service or (finding.subject.template, finding.subject.logical_id)
    return finding.rule, about, finding.aspect


def _verdict(seen: dict[int, Finding], worlds: Sequence[World], *, complete: bool) -> Finding:
    number, worst = min(seen.items(), key=lambda item: WEIGHT[item[1].verdict])
    everywhere = len(seen) == len(worlds) and all(found.verdict == worst.verdict for found in seen.values())
    if worst.verdict in {"refuted", "unproven"} and not everywhere:
        agreeing = [other for other, found in seen.items() if found.verdict == worst.verdict]
        when = _when(agreeing, worlds) or " and ".join(worlds[number].assumptions)
        what = "Refuted" if worst.verdict == "refuted" else "Not proven"
        return _unproven(worst, f"{what} when {when}: {worst.message}")
    if worst.verdict in {"refuted", "proven"} and not complete:
        looked_at = f"{worst.verdict.capitalize()} in the {len(worlds)} cases that were looked at"
        return _unproven(worst, f"{looked_at}: {worst.message}")
    return worst


def _unproven(finding: Finding, message: str) -> Finding:
    settle = finding.fix or "Give the parameters that decide it: --parameter KEY=VALUE."
    return replace(finding, verdict="unproven", message=message, fix=settle)


def _when(numbers: Iterable[int], worlds: Sequence[World]) -> str:
    """The assumptions that the worlds with these numbers share, and no other world holds all of."""
    inside = [set(worlds[number].assumptions) for number in numbers]
    shared = set.intersection(*inside)
    others = [set(world.assumptions) for number, world in enumerate(worlds) if number not in set(numbers)]
    common = shared.intersection(*others) if others else set()
    told = sorted(shared - common)
    return " and ".join(told)
