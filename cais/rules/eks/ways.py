"""The ways of requests in a cluster: from an Ingress over its Service to a container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from cais.rules.eks.actions import backends
from cais.rules.services import label
from cais.site.model.values import describe, found, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.contract import Contract
    from cais.site.model.eks import EksCluster, HelmRelease
    from cais.site.model.kubernetes import Backend, Identity, Ingress, KubeService, PodContainer, Workload
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeNumber, MaybeText

PREFIX = "alb.ingress.kubernetes.io/"
CONTROLLER = "aws-load-balancer-controller"


class Way(Struct, frozen=True, kw_only=True):
    """One backend of an Ingress that becomes an ALB, as far as the objects tell where it leads.

    `contract` is set where it is this container's.
    """

    ingress: Ingress
    backend: Backend
    service: KubeService | None = None
    workload: Workload | None = None
    container: PodContainer | None = None
    contract: Contract | None = None

    @property
    def name(self) -> str:
        """What reports call the release or manifest."""
        return label(self.ingress.identity.subject)

    def annotation(self, name: str, default: str = "") -> MaybeText:
        """An annotation of the controller's; that of the Service goes before that of the Ingress.

        https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
        """
        here = self.service.annotations if self.service else {}
        return here.get(PREFIX + name, self.ingress.annotations.get(PREFIX + name, default))


def ingresses(site: Site) -> Iterator[Ingress]:
    """Every Ingress that is meant for an ALB: by its class, or by its annotations."""
    controllers = {
        each.identity.name: describe(each.controller) for each in site.eks.kubernetes.ingress_classes
    }
    for ingress in site.eks.kubernetes.ingresses:
        annotated = any(name.startswith(PREFIX) for name in ingress.annotations)
        by_class = controllers.get(describe(ingress.class_name or ""), "").endswith("/alb")
        if ingress.class_name == "alb" or annotated or by_class:
            yield ingress


def ways(site: Site, contract: Contract | None = None) -> tuple[Way, ...]:
    """Every backend of every such Ingress."""
    services = {_place(each.identity): each for each in site.eks.kubernetes.services}
    given = [
        _way(ingress, backend, services, site) for ingress in ingresses(site) for backend in backends(ingress)
    ]
    # A contract belongs to the one workload that gets requests; among several, to that of its name.
    served = {str(way.workload.identity) for way in given if way.workload}
    return tuple(
        replace(way, contract=contract if contract and _owns(contract, way, served) else None)
        for way in given
    )


def _owns(contract: Contract, way: Way, served: set[str]) -> bool:
    return way.workload is not None and (len(served) == 1 or way.workload.identity.name == contract.name)


def _way(
    ingress: Ingress, backend: Backend, services: Mapping[tuple[MaybeText, ...], KubeService], site: Site
) -> Way:
    service = services.get((*_place(ingress.identity)[:2], backend.service))
    workloads = site.eks.kubernetes.workloads if service else ()
    workload = next((each for each in workloads if service and selects(service, each)), None)
    container = _container(workload, service, backend) if workload and service else None
    return Way(ingress=ingress, backend=backend, service=service, workload=workload, container=container)


def _place(identity: Identity) -> tuple[MaybeText, ...]:
    return identity.cluster, identity.namespace, identity.name


def selects(service: KubeService, workload: Workload) -> bool:
    """Whether a Service sends to the pods of a workload."""
    here, there = service.identity, workload.identity
    if (here.cluster, here.namespace) != (there.cluster, there.namespace) or not service.selector:
        return False
    return all(workload.labels.get(name) == value for name, value in service.selector.items())


def _container(workload: Workload, service: KubeService, backend: Backend) -> PodContainer | None:
    """The container that has the port; the only one has every port."""
    port = target_port(service, backend)
    having = [each for each in workload.containers if port in each.ports or port in each.ports.values()]
    if having:
        return having[0]
    return workload.containers[0] if len(workload.containers) == 1 else None


def target_port(service: KubeService, backend: Backend) -> MaybeText | MaybeNumber | None:
    """The pod's port that a backend means, by number or name; None where the Service has no such port."""
    for port in service.ports:
        if backend.port in {port.number, port.name}:
            return port.target
    return None


def number_of(port: MaybeText | MaybeNumber | None, container: PodContainer) -> MaybeNumber | None:
    """The number of a pod's port; None where the container names none of that name."""
    return container.ports.get(port) if isinstance(port, str) else port


def controllers(site: Site) -> Iterator[HelmRelease]:
    """Every release of AWS's load balancer controller."""
    for release in site.eks.helm_releases.values():
        if describe(release.chart or "").endswith(CONTROLLER):
            yield release


def labels_of(controller: HelmRelease) -> dict[str, MaybeText] | None:
    """The labels of the controller's pods; None where the values of its chart may say otherwise."""
    if not isinstance(controller.values, dict) or {"podLabels", "nameOverride"} & controller.values.keys():
        return None
    return {"app.kubernetes.io/name": CONTROLLER, "app.kubernetes.io/instance": controller.release}


def controller_of(site: Site, cluster: Key) -> HelmRelease | None:
    """The release of AWS's load balancer controller in a cluster."""
    return next((each for each in controllers(site) if each.cluster == cluster), None)


def cluster_of(identity: Identity, site: Site) -> EksCluster | None:
    """The cluster that an object is in, where the site makes it."""
    return found(site.eks.clusters, identity.cluster)


def unread(site: Site, cluster: Key) -> str:
    """Why not all objects of a cluster are known, but for its controller's; empty where they are."""
    controller = controller_of(site, cluster)
    for holder in (*site.eks.helm_releases.values(), *site.eks.manifests.values()):
        if is_leaf(holder.cluster) and holder.cluster not in site.eks.clusters:
            return f"the cluster of {holder.subject.logical_id}: {describe(holder.cluster)}"
    for key, reason in site.eks.kubernetes.unread.items():
        holder = site.eks.helm_releases.get(key) or site.eks.manifests.get(key)
        if holder and holder.cluster == cluster and (controller is None or key != controller.key):
            return f"{holder.subject.logical_id}: {reason}"
    return ""
