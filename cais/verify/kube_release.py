"""Reads from an assembly the Helm release that gets requests, and what its load balancer would ask of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cais.charts.read import chart_of, with_charts
from cais.rules.eks.ways import ways
from cais.site.build import build_site
from cais.site.marks import Marks
from cais.site.model.values import describe, is_leaf
from cais.verify.errors import UnreadableError
from cais.verify.images import image_of
from cais.verify.workload import ImageSource, TargetCheck

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cais.rules.eks.ways import Way
    from cais.site.model.eks import HelmRelease
    from cais.template import Assembly

DRAIN = "deregistration_delay.timeout_seconds"
DEFAULT_DRAIN_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release as a run needs it. `deregistration_delay` in seconds; `resource` is its logical id.

    `values` is JSON. `workload` is the name of the Deployment, `port` that of its pods. `labels` are those of
    its namespace. `unknown` names values that only a deployment knows.
    """

    resource: str
    name: str
    chart: Path
    values: str
    image: ImageSource | str
    workload: str
    port: int
    check: TargetCheck
    deregistration_delay: float
    labels: Mapping[str, str]
    unknown: tuple[str, ...] = ()


def read_release(assembly: Assembly, *, given: Mapping[str, str], image: str | None) -> Release:
    """The assembly's one release with an Ingress that becomes an ALB.

    `given` replaces values by their names, wherever they stand among the chart's; `image` is put in the place
    of the container's.

    Raises:
        UnreadableError: there is no such release, or more than one, or helm does not render it.
    """
    site = with_charts(build_site(assembly), assembly)
    kubernetes = site.eks.kubernetes
    found = [
        way for way in ways(site) if way.workload and way.ingress.identity.installer in site.eks.helm_releases
    ]
    if len(found) != 1 or found[0].container is None:
        reasons = "; ".join(kubernetes.unread.values()) or f"{len(found)} have one"
        raise UnreadableError(f"one Helm release with an Ingress for an ALB is needed: {reasons}")
    (way,) = found
    release = site.eks.helm_releases[way.ingress.identity.installer]
    container = found[0].container
    values = _filled(release.values, given, {describe(container.image.text): image or ""})
    namespaces = {each.identity.name: each.labels for each in kubernetes.namespaces}
    labels = namespaces.get(way.ingress.identity.namespace, {})
    return Release(
        resource=release.subject.logical_id,
        name=describe(release.release),
        chart=_chart(release, assembly),
        values=json.dumps(Marks().filled(values)),
        image=image or image_of(assembly, container.image.text),
        workload=describe(way.workload.identity.name) if way.workload else "",
        port=next((port for port in container.ports.values() if isinstance(port, int)), 80),
        check=_check(way),
        deregistration_delay=_drain(way),
        labels={name: value for name, value in labels.items() if isinstance(value, str)},
        unknown=tuple(sorted(_open_names(values))),
    )


def _chart(release: HelmRelease, assembly: Assembly) -> Path:
    chart = chart_of(release, assembly.file_assets)
    if chart is None:
        raise UnreadableError(f"the chart of {release.subject.logical_id} is not in the assembly")
    return chart


def _filled(values: Any, given: Mapping[str, str], texts: Mapping[str, str]) -> Any:
    """The values with what is given in its place: by name, or by what it stands for."""
    if isinstance(values, dict):
        return {
            name: given[name] if name in given else _filled(each, given, texts)
            for name, each in values.items()
        }
    if isinstance(values, list):
        return [_filled(each, given, texts) for each in values]
    if isinstance(values, str) or is_leaf(values):
        return texts.get(describe(values)) or values
    return values


def _open_names(values: Any) -> set[str]:
    """The names of values that nobody knows."""
    if not isinstance(values, dict):
        return set()
    nested = [name for each in values.values() for name in _open_names(each)]
    return {name for name, each in values.items() if is_leaf(each)} | set(nested)


def _check(way: Way) -> TargetCheck:
    """The health check that the controller gives the target group; its defaults are the controller's own.

    https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
    """

    def number(name: str, default: int) -> int:
        text = way.annotation(name, str(default))
        return int(text) if isinstance(text, str) and text.isdigit() else default

    return TargetCheck(
        path=describe(way.annotation("healthcheck-path", "/")),
        codes=describe(way.annotation("success-codes", "200")),
        interval=number("healthcheck-interval-seconds", 15),
        timeout=number("healthcheck-timeout-seconds", 5),
        healthy_threshold=number("healthy-threshold-count", 2),
        unhealthy_threshold=number("unhealthy-threshold-count", 2),
    )


def _drain(way: Way) -> float:
    pairs = describe(way.annotation("target-group-attributes")).split(",")
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name.strip() == DRAIN and value.strip().isdigit():
            return float(value)
    return DEFAULT_DRAIN_SECONDS
