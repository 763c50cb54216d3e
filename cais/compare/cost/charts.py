"""What Helm releases ask the cluster for, read from their values."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from cais.site.model.values import is_leaf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.compare.scope import Scope
    from cais.site.model.eks import HelmRelease

UNITS = {"Ki": Decimal(1) / 1024**2, "Mi": Decimal(1) / 1024, "Gi": Decimal(1), "M": Decimal(10**6) / 1024**3}
REPLICAS = 2
"""Of a chart whose values name no number, such as the load balancer controller's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A release and its pods: vCPU and GiB that each asks for, and how many there are at least.

    `most` is set where they are scaled by their CPU use; `serves` where requests come to it.
    """

    release: HelmRelease
    cpu: Decimal
    memory: Decimal
    least: int
    most: int | None
    serves: bool


def charts(scope: Scope) -> tuple[Chart, ...]:
    """The releases of the scope's clusters whose values tell what their pods ask for."""
    releases = scope.within(scope.site.eks.helm_releases) if scope.kind == "eks" else {}
    return tuple(chart for release in releases.values() if (chart := _chart(release)))


def ingresses(scope: Scope) -> tuple[Chart, ...]:
    """Those with an Ingress, for which a load balancer is made."""
    return tuple(chart for chart in charts(scope) if chart.serves)


def _chart(release: HelmRelease) -> Chart | None:
    values = release.values
    if is_leaf(values) or not isinstance(values, dict):
        return None
    resources = table(values, "resources")
    requests = table(resources, "requests") or resources
    copies, scaling = table(values, "copies"), table(values, "autoscaling")
    least = copies.get("min") or scaling.get("minReplicas") or values.get("replicaCount") or REPLICAS
    most = copies.get("max") or scaling.get("maxReplicas")
    ingress = values.get("ingress")
    return Chart(
        release=release,
        cpu=cores(requests.get("cpu", 0)),
        memory=gibibytes(requests.get("memory", 0)),
        least=least if isinstance(least, int) else REPLICAS,
        most=most if isinstance(most, int) else None,
        serves=isinstance(ingress, dict) and ingress.get("enabled", True) is True,
    )


def cores(quantity: Any) -> Decimal:
    """A Kubernetes quantity of CPU, such as "250m", in vCPU; 0 where it is none."""
    text = str(quantity)
    return _number(text.removesuffix("m")) / (1000 if text.endswith("m") else 1)


def gibibytes(quantity: Any) -> Decimal:
    """A Kubernetes quantity of memory, such as "512Mi", in GiB; 0 where it is none."""
    text = str(quantity)
    for suffix, factor in UNITS.items():
        if text.endswith(suffix):
            return _number(text.removesuffix(suffix)) * factor
    return _number(text) / 1024**3


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(0)


def table(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The table under a key of a chart's values; empty where there is none."""
    found = values.get(key)
    return found if isinstance(found, dict) else {}
