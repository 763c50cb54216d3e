"""Times: what verify measured, else what the settings of the templates come to, marked as such."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from cais.compare.assumptions import COLD_SECONDS
from cais.compare.cost.charts import charts
from cais.compare.measured import measured_figures
from cais.compare.report import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from cais.compare.scope import Scope
    from cais.site.model.balancing import HealthCheck

SCALE_OUT_ALARM = 180
"""Three minutes above the target: https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html"""
HPA_SECONDS = 75
"""A minute of metrics and one of the autoscaler's rounds of 15 s:
https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/"""
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
        measured.get(name)
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
    healthy = _seconds_to_healthy(scope, startup)
    if healthy is None:
        return
    passed, how = healthy
    yield _figure("healthy", passed, how)
    yield _figure(
        "rollout", passed + _drain(scope), f"{how}; then the old copies drain for {_drain(scope)} s"
    )
    wait = SCALE_OUT_ALARM if scope.kind == "ecs" else HPA_SECONDS
    yield _figure(
        "scale-out", passed + wait, f"{wait} s until the need is seen, then: {how}; nodes have room"
    )


def _seconds_to_healthy(scope: Scope, startup: int) -> tuple[Decimal, str] | None:
    if scope.kind == "ecs":
        groups = scope.within(scope.site.balancing.target_groups)
        checks = [group.health for group in groups.values() if group.subject.template in scope.own]
        return _checked(checks[0], startup) if checks else None
    for chart in charts(scope):
        check = (chart.release.values.get("ingress") or {}).get("healthCheck") or {} if chart.serves else {}
        if chart.serves:
            interval, threshold = check.get("intervalSeconds", 5), check.get("healthyThreshold", 2)
            return _passed(interval, threshold, startup)
    return None


def _checked(check: HealthCheck, startup: int) -> tuple[Decimal, str] | None:
    if isinstance(check.interval, int) and isinstance(check.healthy_threshold, int):
        return _passed(check.interval, check.healthy_threshold, startup)
    return None


def _passed(interval: int, threshold: int, startup: int) -> tuple[Decimal, str]:
    seconds = Decimal(startup + interval * threshold)
    return (
        seconds,
        f"{startup} s to start, {threshold} checks every {interval} s; pulling the image comes on top",
    )


def _drain(scope: Scope) -> Decimal:
    groups = scope.within(scope.site.balancing.target_groups).values()
    delays = [group.attributes.get("deregistration_delay.timeout_seconds") for group in groups]
    return max(
        (Decimal(delay) for delay in delays if isinstance(delay, str) and delay.isdigit()),
        default=Decimal(300),
    )


def _figure(name: str, seconds: Decimal | None, how: str) -> Figure:
    basis = "unknown" if seconds is None else "computed"
    return Figure(id=name, label=LABELS[name], seconds=seconds, basis=basis, how=how)
