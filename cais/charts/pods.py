"""Workloads, their pods and their probes, out of JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cais.site.builders import values as v
from cais.site.builders.registry import read_image
from cais.site.model.kubernetes import PodContainer, Probe, Workload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.site.model.kubernetes import Identity
    from cais.template import ImageAsset


def read_workload(identity: Identity, spec: Mapping[str, Any], assets: Mapping[str, ImageAsset]) -> Workload:
    """A Deployment, StatefulSet, DaemonSet or ReplicaSet."""
    template = v.mapping(spec.get("template"))
    metadata, pod = v.mapping(template.get("metadata")), v.mapping(template.get("spec"))
    return Workload(
        identity=identity,
        labels=v.text_map(metadata.get("labels")),
        annotations=v.text_map(metadata.get("annotations")),
        node_selector=v.text_map(pod.get("nodeSelector")),
        service_account=v.text(pod.get("serviceAccountName"), "default"),
        containers=tuple(_container(v.mapping(each), assets) for each in v.items(pod.get("containers"))),
    )


def _container(given: Mapping[str, Any], assets: Mapping[str, ImageAsset]) -> PodContainer:
    ports = (v.mapping(each) for each in v.items(given.get("ports")))
    return PodContainer(
        name=v.text(given.get("name"), ""),
        image=read_image(given.get("image"), assets),
        ports={
            str(each.get("name", each.get("containerPort"))): v.number(each.get("containerPort"), 0)
            for each in ports
        },
        startup=_probe(given.get("startupProbe")),
        liveness=_probe(given.get("livenessProbe")),
        readiness=_probe(given.get("readinessProbe")),
    )


def _probe(value: Any) -> Probe | None:
    given = v.mapping(value)
    asks = v.mapping(given.get("httpGet"))
    if not asks:
        return None
    return Probe(
        path=v.text(asks.get("path"), "/"),
        port=v.port(asks.get("port")),
        scheme=v.text(asks.get("scheme"), "HTTP"),
        period=v.number(given.get("periodSeconds"), 10),
        timeout=v.number(given.get("timeoutSeconds"), 1),
        failures=v.number(given.get("failureThreshold"), 3),
        delay=v.number(given.get("initialDelaySeconds"), 0),
    )
