"""Times: what verify measured, else what the settings of the templates come to, marked as such."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from cais.compare.assumptions import COLD_SECONDS
from cais.compare.cost.charts import ingresses, table
from cais.compare.measured import measured_figures
from cais.compare.report import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from cais.compare.scope import Scope

SCALE_OUT_ALARM = 180
"""Three minutes above the target: https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html"""
HPA_SECONDS = 75
"""A minute of metrics and one of the autoscaler's rounds of 15 s:
https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"""
DRAIN_SECONDS = 300
"""Of a target group that says nothing else:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html"""
LABELS = {
    "healthy": "from a copy's start to its first request",
    "rollout": "a rolling deployment",
    "scale-out": "from more load to more copies",
    "cold-start": "a cold start",
}


def figures(
    scope: Scope, *, report: Mapping[str, Any] | None, startup: int, values: Mapping[str, Decimal]
) -> tuple[Figure, ...]:
    """The times of a target. `startup` is the seconds that the image takes to start."""
    measured = measured_figures(report) if report else {}
    computed = {figure.id: figure for figure in _computed(scope, startup, values)}
    return tuple(
        (measured.get(name) if name != "cold-start" or scope.kind == "serverless" else None)
        or computed.get(name)
        or _figure(name, None, "does not apply, or the templates do not tell")
        for name in LABELS
    )


def _computed(scope: Scope, startup: int, values: Mapping[str, Decimal]) -> Iterator[Figure]:
    if scope.kind == "serverless":
        yield _figure(
            "healthy", Decimal(0), "no health check: a new environment takes the request that asked for it"
        )
        yield _figure("rollout", Decimal(0), "the next request runs the new version")
        yield _figure(
            "scale-out", values[COLD_SECONDS.name], "each request beyond the environments starts one"
        )
        yield _figure("cold-start", values[COLD_SECONDS.name], "the assumption, not a measurement")
        return
    check = _ecs_check(scope) if scope.kind == "ecs" else _chart_check(scope)
    if check is None:
        return
    passed = Decimal(startup + check.interval * check.threshold)
    how = f"{startup} s to start, {check.threshold} checks every {check.interval} s; the pull comes on top"
    yield _figure("healthy", passed, how)
    yield _figure("rollout", passed + check.drain, f"{how}; then the old copies drain for {check.drain} s")
    wait = SCALE_OUT_ALARM if scope.kind == "ecs" else HPA_SECONDS
    yield _figure("scale-out", passed + wait, f"{wait} s until the need is seen; {how}; machines have room")


@dataclass(frozen=True, slots=True)
class _Check:
    """What a new copy has to pass, and for how long an old one drains, in seconds."""

    interval: int
    threshold: int
    drain: int


def _ecs_check(scope: Scope) -> _Check | None:
    """Of the first target group; a threshold of one check is enough for a new target, AWS says of late."""
    for group in scope.within(scope.site.balancing.target_groups).values():
        drain = group.attributes.get("deregistration_delay.timeout_seconds", str(DRAIN_SECONDS))
        interval, threshold = group.health.interval, group.health.healthy_threshold
        if isinstance(interval, int) and isinstance(threshold, int) and str(drain).isdigit():
            return _Check(interval, threshold, int(str(drain)))
    return None


def _chart_check(scope: Scope) -> _Check | None:
    """Of the first chart with an Ingress, by the values that our chart takes."""
    for chart in ingresses(scope):
        check = table(table(chart.release.values, "ingress"), "healthCheck")
        drain = table(chart.release.values, "seconds").get("drain", DRAIN_SECONDS)
        numbers = (check.get("intervalSeconds", 5), check.get("healthyThreshold", 2), drain)
        if all(isinstance(number, int) for number in numbers):
            return _Check(*numbers)
    return None


def _figure(name: str, seconds: Decimal | None, how: str) -> Figure:
    basis = "unknown" if seconds is None else "computed"
    return Figure(id=name, label=LABELS[name], seconds=seconds, basis=basis, how=how)
