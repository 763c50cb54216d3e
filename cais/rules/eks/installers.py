"""The functions that install what CDK brings into clusters: those that run kubectl and helm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cais.rules.functions import told_of
from cais.site.model.values import found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.site.model.eks import EksCluster, HelmRelease, Manifest
    from cais.site.model.serverless import Function
    from cais.site.model.site import Site
    from cais.site.model.values import Key


class Installer(Struct, frozen=True, kw_only=True):
    """A function and what it installs in a cluster; both are of the site."""

    function: Function
    cluster: EksCluster
    releases: tuple[HelmRelease, ...]
    manifests: tuple[Manifest, ...]


def installers(site: Site) -> Iterator[Installer]:
    """Every such function with each of its clusters."""
    pairs: dict[tuple[Key, Key], list[HelmRelease | Manifest]] = {}
    for each in (*site.eks.helm_releases.values(), *site.eks.manifests.values()):
        function = handler_of(each.provider, site)
        if function and each.cluster in site.eks.clusters:
            pairs.setdefault((function.key, each.cluster), []).append(each)
    for (function, cluster), things in pairs.items():
        keys = {each.key for each in things}
        yield Installer(
            function=site.serverless.functions[function],
            cluster=site.eks.clusters[cluster],
            releases=tuple(each for key, each in site.eks.helm_releases.items() if key in keys),
            manifests=tuple(each for key, each in site.eks.manifests.items() if key in keys),
        )


def handler_of(provider: Key | None, site: Site) -> Function | None:
    """The function that does the work: the provider, or the one that CDK's framework calls."""
    function = found(site.serverless.functions, provider)
    if function is None:
        return None
    called = told_of(function.environment, site.serverless.functions)
    return found(site.serverless.functions, called.get("USER_ON_EVENT_FUNCTION_ARN")) or function
