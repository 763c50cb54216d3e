"""Kubernetes objects out of their JSON. What of it is open stays the leaf that says why."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from cais.charts.pods import read_workload
from cais.site.builders import values as v
from cais.site.model.kubernetes import (
    Backend,
    Identity,
    Ingress,
    IngressClass,
    Kubernetes,
    KubeService,
    Labelled,
    ServicePort,
)
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cais.site.model.eks import HelmRelease, Manifest
    from cais.site.model.values import Key, MaybeText
    from cais.template import ImageAsset

WORKLOADS = ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")
CERTIFICATES = "cert-manager.io/"
CLUSTER_WIDE = ("ClusterRole", "IngressClass", "Namespace")


class Reader:
    """Gathers objects; those of kinds that nobody asks about are left out."""

    def __init__(self, assets: Mapping[str, ImageAsset]) -> None:
        self._assets = assets
        self._found: defaultdict[str, list[Any]] = defaultdict(list)
        self._unread: dict[Key, str] = {}

    def add(self, objects: Iterable[Any], *, by: HelmRelease | Manifest, namespace: MaybeText) -> None:
        """Objects that a release or manifest brings, into `namespace` where they name none."""
        for given in _flat(objects):
            if is_leaf(given) or not isinstance(given, dict):
                self._unread[by.key] = f"objects that are open: {describe(given)}"
                continue
            kind = describe(v.text(given.get("kind"), ""))
            metadata = v.mapping(given.get("metadata"))
            identity = Identity(
                subject=by.subject,
                installer=by.key,
                cluster=by.cluster,
                kind=kind,
                namespace=""
                if kind in CLUSTER_WIDE
                else v.text(metadata.get("namespace"), describe(namespace)),
                name=v.text(metadata.get("name"), ""),
            )
            if describe(v.text(given.get("apiVersion"), "")).startswith(CERTIFICATES):
                self._found["certificates"].append(identity)
            self._read(kind, identity, given)

    def kubernetes(self, unread: Mapping[Key, str]) -> Kubernetes:
        """Everything that was added; `unread` says what could not be."""
        found = self._found
        return Kubernetes(
            workloads=tuple(found["workloads"]),
            services=tuple(found["Service"]),
            ingresses=tuple(found["Ingress"]),
            ingress_classes=tuple(found["IngressClass"]),
            service_accounts=tuple(found["ServiceAccount"]),
            namespaces=tuple(found["Namespace"]),
            certificates=tuple(found["certificates"]),
            unread={**self._unread, **unread},
        )

    def _read(self, kind: str, identity: Identity, given: dict[str, Any]) -> None:
        spec, metadata = v.mapping(given.get("spec")), v.mapping(given.get("metadata"))
        if kind in WORKLOADS:
            self._found["workloads"].append(read_workload(identity, spec, self._assets))
        elif kind == "Service":
            self._found[kind].append(_service(identity, spec, metadata))
        elif kind == "Ingress":
            self._found[kind].append(_ingress(identity, spec, metadata))
        elif kind == "IngressClass":
            controller = v.text(spec.get("controller"), "")
            self._found[kind].append(IngressClass(identity=identity, controller=controller))
        elif kind in {"Namespace", "ServiceAccount"}:
            labels, annotations = v.text_map(metadata.get("labels")), v.text_map(metadata.get("annotations"))
            self._found[kind].append(Labelled(identity=identity, labels=labels, annotations=annotations))


def _flat(objects: Iterable[Any]) -> Iterator[Any]:
    """The objects, those of a List one by one."""
    for given in objects:
        if isinstance(given, dict) and given.get("kind") == "List":
            yield from v.items(given.get("items"))
        else:
            yield given


def _service(identity: Identity, spec: Mapping[str, Any], metadata: Mapping[str, Any]) -> KubeService:
    return KubeService(
        identity=identity,
        kind=v.text(spec.get("type"), "ClusterIP"),
        selector=v.text_map(spec.get("selector")),
        ports=tuple(_service_port(v.mapping(each)) for each in v.items(spec.get("ports"))),
        annotations=v.text_map(metadata.get("annotations")),
    )


def _service_port(given: Mapping[str, Any]) -> ServicePort:
    number = v.number(given.get("port"), 0)
    return ServicePort(v.optional_text(given.get("name")), number, v.port(given.get("targetPort", number)))


def _ingress(identity: Identity, spec: Mapping[str, Any], metadata: Mapping[str, Any]) -> Ingress:
    annotations = v.text_map(metadata.get("annotations"))
    rules = [v.mapping(v.mapping(each).get("http")).get("paths") for each in v.items(spec.get("rules"))]
    backends = [v.mapping(path).get("backend") for paths in rules for path in v.items(paths)]
    given = [spec.get("defaultBackend"), *backends]
    return Ingress(
        identity=identity,
        class_name=v.optional_text(
            spec.get("ingressClassName", annotations.get("kubernetes.io/ingress.class"))
        ),
        annotations=annotations,
        backends=tuple(_backend(v.mapping(each)) for each in given if each is not None),
    )


def _backend(given: Mapping[str, Any]) -> Backend:
    service = v.mapping(given.get("service"))
    port = v.mapping(service.get("port"))
    return Backend(v.text(service.get("name"), ""), v.port(port.get("number", port.get("name"))))
