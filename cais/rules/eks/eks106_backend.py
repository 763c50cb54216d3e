"""EKS106: requests of an Ingress find their way to a container.

What breaks: a name or a port that differs by a letter between Ingress, Service and Deployment is no error to
Kubernetes. The Ingress gets no targets, or its targets no pods.

How it is proven: the Ingress names a Service beside it and one of its ports; the Service's selector picks a
workload's pods; the target port is one of a container's, or the contract's.

Fix: use the same names in Ingress, Service and pod template.

Sample:

    Service: {spec: {selector: {app: wed}}}

Sources: https://kubernetes.io/docs/concepts/services-networking/ingress/,
https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.ways import number_of, target_port, unread, ways
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import describe, found, is_leaf
from cais.site.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.ways import Way
    from cais.site.model.site import Site

RULE = Rule(id="EKS106", causes=("K21", "H7"))


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Follows every backend. Of a chart of ours that helm does not render, nobody knows them."""
    for key, reason in site.eks.kubernetes.unread.items():
        release = found(site.eks.helm_releases, key)
        if release and release.asset is not None:
            name = release.subject.logical_id
            claim = Claim(
                subject=release.subject,
                proven=f"Requests of the Ingresses in {name} reach a container",
                refuted="",
                fix="",
                settle="Install helm: cais doctor",
                service=label(release.subject),
                aspect=name,
            )
            yield RULE.unproven(claim, reason)
    for way in ways(site, contract):
        claim = Claim(
            subject=way.ingress.identity.subject,
            proven=f"Requests of {way.ingress.identity} reach a container",
            refuted=f"Requests of {way.ingress.identity} reach no container",
            fix="Use the same names and ports in Ingress, Service and pod template.",
            settle="kubectl describe ingress; kubectl get endpointslices",
            service=way.name,
            aspect=describe(way.backend.service),
        )
        yield RULE.judged(claim, _leads(way, site))


def _leads(way: Way, site: Site) -> Proof:
    identity, backend = way.ingress.identity, way.backend
    if way.service is None:
        said = f"No Service {describe(backend.service)} is in namespace {describe(identity.namespace)}"
        return _missing(way, site, said)
    port = target_port(way.service, backend)
    steps = (f"{identity} sends to {way.service.identity}",)
    if port is None:
        numbers = " and ".join(describe(each.name or each.number) for each in way.service.ports)
        said = f"It means the port {describe(backend.port)}; {way.service.identity} has {numbers}"
        return Proof(verdict="refuted", steps=(*steps, said))
    if way.workload is None:
        return _missing(way, site, f"No workload has the labels that {way.service.identity} selects")
    steps = (*steps, f"{way.service.identity} sends to port {describe(port)} of {way.workload.identity}")
    return _listens(way, steps)


def _listens(way: Way, steps: tuple[str, ...]) -> Proof:
    port = target_port(way.service, way.backend) if way.service else None
    number = number_of(port, way.container) if way.container else None
    if number is None:
        if isinstance(port, str):
            return Proof(verdict="refuted", steps=(*steps, f"No container of it has a port named {port}"))
        return Proof(verdict="unproven", steps=steps, missing="which of its containers listens there")
    if way.contract is None:
        return Proof(verdict="proven", steps=steps)
    if is_leaf(number):
        return Proof(verdict="unproven", steps=steps, missing=describe(number))
    said = f"The contract of {way.contract.name} listens on {way.contract.port}"
    verdict = "proven" if number == way.contract.port else "refuted"
    return Proof(verdict=verdict, steps=(*steps, said))


def _missing(way: Way, site: Site, said: str) -> Proof:
    """Something is not there, unless it is among what could not be read."""
    doubt = unread(site, way.ingress.identity.cluster) or next(iter(site.gaps), "")
    if doubt:
        return Proof(verdict="unproven", steps=(said,), missing=doubt)
    return Proof(verdict="refuted", steps=(said,))
