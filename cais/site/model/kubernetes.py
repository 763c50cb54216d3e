"""Kubernetes objects, as the manifests and the rendered charts of a deployment have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from cais.site.model.values import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.findings import Subject
    from cais.site.model.registry import Image
    from cais.site.model.values import Key, MaybeNumber, MaybeText


class Identity(Struct, frozen=True, kw_only=True):
    """Which object it is. `installer` is the release or manifest that brings it, `subject` its resource."""

    subject: Subject
    installer: Key
    cluster: Key
    kind: str
    namespace: MaybeText
    name: MaybeText

    def __str__(self) -> str:
        """What reports call it, such as "Service comments/web"."""
        return f"{self.kind} {describe(self.namespace)}/{describe(self.name)}"


class Probe(Struct, frozen=True, kw_only=True):
    """A probe of HTTP. `port` is a number or a port's name; times are in seconds."""

    path: MaybeText
    port: MaybeText | MaybeNumber
    scheme: MaybeText = "HTTP"
    period: MaybeNumber = 10
    timeout: MaybeNumber = 1
    failures: MaybeNumber = 3
    delay: MaybeNumber = 0


class PodContainer(Struct, frozen=True, kw_only=True):
    """One container of a pod. `ports` maps names to numbers; probes that ask no HTTP are None."""

    name: MaybeText
    image: Image
    ports: Mapping[str, MaybeNumber] = field(default_factory=dict)
    startup: Probe | None = None
    liveness: Probe | None = None
    readiness: Probe | None = None


class Workload(Struct, frozen=True, kw_only=True):
    """What runs pods, such as a Deployment. `labels` and `annotations` are the pods'."""

    identity: Identity
    labels: Mapping[str, MaybeText] = field(default_factory=dict)
    annotations: Mapping[str, MaybeText] = field(default_factory=dict)
    node_selector: Mapping[str, MaybeText] = field(default_factory=dict)
    service_account: MaybeText = "default"
    containers: tuple[PodContainer, ...] = ()


class ServicePort(Struct, frozen=True):
    """A port of a Service: `target` is the pod's, by number or name."""

    name: MaybeText | None
    number: MaybeNumber
    target: MaybeText | MaybeNumber


class KubeService(Struct, frozen=True, kw_only=True):
    """A Service. `kind` is "ClusterIP", "NodePort", "LoadBalancer" or "ExternalName"."""

    identity: Identity
    kind: MaybeText = "ClusterIP"
    selector: Mapping[str, MaybeText] = field(default_factory=dict)
    ports: tuple[ServicePort, ...] = ()
    annotations: Mapping[str, MaybeText] = field(default_factory=dict)


class Backend(Struct, frozen=True):
    """Where an Ingress sends requests: a Service, and its port by number or name."""

    service: MaybeText
    port: MaybeText | MaybeNumber


class Ingress(Struct, frozen=True, kw_only=True):
    """An Ingress; `class_name` None leaves the choice to the default class."""

    identity: Identity
    class_name: MaybeText | None
    annotations: Mapping[str, MaybeText] = field(default_factory=dict)
    backends: tuple[Backend, ...] = ()


class IngressClass(Struct, frozen=True, kw_only=True):
    """A class of Ingresses, and the controller that serves it, such as "ingress.k8s.aws/alb"."""

    identity: Identity
    controller: MaybeText


class Labelled(Struct, frozen=True, kw_only=True):
    """An object of which labels and annotations matter: a Namespace, a ServiceAccount."""

    identity: Identity
    labels: Mapping[str, MaybeText] = field(default_factory=dict)
    annotations: Mapping[str, MaybeText] = field(default_factory=dict)


class Kubernetes(Struct, frozen=True, kw_only=True):
    """Everything above. `unread` says of releases and manifests why nobody knows what is in them.

    `certificates` are objects of cert-manager's kinds.
    """

    workloads: tuple[Workload, ...] = ()
    services: tuple[KubeService, ...] = ()
    ingresses: tuple[Ingress, ...] = ()
    ingress_classes: tuple[IngressClass, ...] = ()
    service_accounts: tuple[Labelled, ...] = ()
    namespaces: tuple[Labelled, ...] = ()
    certificates: tuple[Identity, ...] = ()
    unread: Mapping[Key, str] = field(default_factory=dict)
