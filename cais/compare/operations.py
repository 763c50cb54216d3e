"""What each target owes in a year, and who does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.cost.kubernetes import runs_auto_mode
from cais.compare.parts import OWN
from cais.compare.report import Duty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.compare.report import Parts
    from cais.compare.scope import Scope

FARGATE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-maintenance.html"
VERSIONS = "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html"
NODES = "https://docs.aws.amazon.com/eks/latest/userguide/update-managed-node-group.html"
AUTO = "https://docs.aws.amazon.com/eks/latest/userguide/automode.html"
RUNTIMES = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"
IMAGES = "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html"


def duties(scope: Scope, parts: Parts) -> tuple[Duty, ...]:
    """The work of a year with a target."""
    return (
        Duty(what="rebuild the image on a patched base", per_year=12, who="you", source=IMAGES),
        *_own(scope, parts),
    )


def _own(scope: Scope, parts: Parts) -> Iterator[Duty]:
    if scope.kind == "ecs":
        yield Duty(
            what="hosts and their kernels; tasks are replaced for it",
            per_year=None,
            who="AWS",
            source=FARGATE,
        )
    if scope.kind == "serverless":
        runtimes = sum(part.kind == "runtime" for part in parts.upkeep)
        yield Duty(what="hosts and the execution environment", per_year=None, who="AWS", source=RUNTIMES)
        if runtimes:
            yield Duty(
                what=f"move {runtimes} helper function(s) to a newer runtime",
                per_year=1,
                who="you",
                source=RUNTIMES,
            )
    if scope.kind == "eks":
        yield from _kubernetes(scope, parts)


def _kubernetes(scope: Scope, parts: Parts) -> Iterator[Duty]:
    add_ons = sum(part.kind == "add-on" for part in parts.upkeep)
    others = [part for part in parts.upkeep if part.kind == "chart" and part.version != OWN]
    # Standard support lasts 14 months, and a new minor version comes about every four.
    yield Duty(what="move the cluster to a newer Kubernetes version", per_year=3, who="you", source=VERSIONS)
    if runs_auto_mode(scope):
        yield Duty(
            what="nodes: replaced with a patched image within 21 days", per_year=None, who="AWS", source=AUTO
        )
        yield Duty(
            what="networking, DNS, load balancer and storage controllers",
            per_year=None,
            who="AWS",
            source=AUTO,
        )
        return
    yield Duty(what="move the nodes to a patched image", per_year=12, who="you", source=NODES)
    if add_ons:
        yield Duty(
            what=f"update {add_ons} add-ons with each Kubernetes version",
            per_year=3 * add_ons,
            who="you",
            source=VERSIONS,
        )
    for part in others:
        yield Duty(
            what=f"update the chart {part.name} {part.version}", per_year=3, who="you", source=VERSIONS
        )
