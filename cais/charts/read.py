"""The Kubernetes objects of a deployment: those of manifests, and those that helm makes of charts."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml
from msgspec.structs import replace

from cais.charts.helm import HelmError, render
from cais.charts.objects import Reader
from cais.site.marks import Marks
from cais.site.model.values import describe, found

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cais.site.model.eks import Eks, HelmRelease
    from cais.site.model.kubernetes import Kubernetes
    from cais.site.model.site import Site
    from cais.site.model.values import Key
    from cais.template import Assembly

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
HASH = re.compile(r"([0-9a-f]{64})\.zip$")


def with_charts(site: Site, assembly: Assembly) -> Site:
    """The site with the Kubernetes objects that the assembly's releases and manifests bring."""
    return replace(site, eks=replace(site.eks, kubernetes=_read(site.eks, assembly)))


def _read(eks: Eks, assembly: Assembly) -> Kubernetes:
    """What the releases and manifests of the clusters bring, as far as it can be rendered here."""
    reader = Reader(assembly.image_assets)
    unread: dict[Key, str] = {}
    for manifest in eks.manifests.values():
        reader.add(manifest.objects, by=manifest, namespace="default")
    for release in eks.helm_releases.values():
        try:
            objects = _rendered(release, eks, assembly.file_assets)
        except HelmError as error:
            unread[release.key] = str(error)
        else:
            reader.add(objects, by=release, namespace=release.namespace)
    return reader.kubernetes(unread)


def _rendered(release: HelmRelease, eks: Eks, files: Mapping[str, Path]) -> list[Any]:
    """The objects of one release, with leaves where the values have some.

    Raises:
        HelmError: the chart is not here, or helm does not render it.
    """
    chart = chart_of(release, files)
    if chart is None:
        raise HelmError(f"the chart {describe(release.chart or release.asset or '')} is not in the assembly")
    if not isinstance(release.values, dict):
        raise HelmError(f"its values are open: {describe(release.values)}")
    cluster, marks = found(eks.clusters, release.cluster), Marks()
    text = _render(
        chart,
        release=marks.marked(release.release),
        namespace=marks.marked(release.namespace),
        values=json.dumps(marks.filled(release.values)),
        version=cluster.version if cluster and isinstance(cluster.version, str) else None,
    )
    return [marks.restored(each) for each in yaml.load_all(text, Loader=LOADER) if each]


def chart_of(release: HelmRelease, files: Mapping[str, Path]) -> Path | None:
    """The folder of a release's chart; None where it is not among the assembly's files."""
    digest = HASH.search(describe(release.asset or ""))
    return files.get(digest[1]) if digest else None


_render = lru_cache(render)
"""Worlds of one deployment mostly render alike."""
