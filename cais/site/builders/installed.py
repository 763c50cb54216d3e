"""What CDK installs in a cluster: Helm releases, and plain manifests, both as JSON in a string."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.builders import values as v
from cais.site.builders.embedded import parsed
from cais.site.model.eks import HelmRelease, Manifest
from cais.template.values import Unknown

if TYPE_CHECKING:
    from cais.site.model.values import MaybeNumber
    from cais.template import Resource, Value

SECONDS = {"s": 1, "m": 60, "h": 3600}
FIVE_MINUTES = 300


def read_release(resource: Resource) -> HelmRelease:
    """One release of CDK's `HelmChart`."""
    given = resource.properties
    return HelmRelease(
        key=v.own_key(resource),
        subject=v.subject(resource),
        cluster=v.key(given.get("ClusterName")),
        release=v.text(given.get("Release"), ""),
        namespace=v.text(given.get("Namespace"), "default"),
        chart=v.optional_text(given.get("Chart")),
        repository=v.optional_text(given.get("Repository")),
        version=v.optional_text(given.get("Version")),
        asset=v.optional_text(given.get("ChartAssetURL")),
        values=parsed(given.get("Values"), default={}),
        waits=v.flag(given.get("Wait"), default=False),
        atomic=v.flag(given.get("Atomic"), default=False),
        timeout=_seconds(given.get("Timeout")),
        creates_namespace=v.flag(given.get("CreateNamespace"), default=True),
        provider=v.optional_key(given.get("ServiceToken")),
    )


def read_manifest(resource: Resource) -> Manifest:
    """One manifest of CDK's `KubernetesManifest`."""
    given = resource.properties
    objects = parsed(given.get("Manifest"), default=[])
    return Manifest(
        key=v.own_key(resource),
        subject=v.subject(resource),
        cluster=v.key(given.get("ClusterName")),
        objects=tuple(objects) if isinstance(objects, list) else (objects,),
        prunes=given.get("PruneLabel") is not None,
        provider=v.optional_key(given.get("ServiceToken")),
    )


def _seconds(value: Value) -> MaybeNumber:
    """Helm's time-out, such as "420s" or "15m"; CDK's own is five minutes."""
    text = v.text(value, f"{FIVE_MINUTES}s")
    if not isinstance(text, str):
        return text
    number, unit = text[:-1], text[-1:]
    if unit in SECONDS and number.isdigit():
        return int(number) * SECONDS[unit]
    return Unknown(f'the time-out "{text}"')
