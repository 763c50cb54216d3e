"""EKS105: the load balancer's health check asks what the container answers.

What breaks: without the annotation `healthcheck-path` an ALB asks for `/`. A service that answers 404 there
never has a healthy target: pods are ready, requests get 503, and with readiness gates a rollout never ends.

How it is proven: the path and the success codes of the Service's or the Ingress's annotations against the
contract, and the port against the contract's and the container's.

Fix: `alb.ingress.kubernetes.io/healthcheck-path`, the health path of the contract.

Sample:

    Ingress: {metadata: {annotations: {alb.ingress.kubernetes.io/healthcheck-path: null}}}

Sources: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/,
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.rules.eks.ways import ways
from cais.rules.rule import Claim, Rule
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.ways import Way
    from cais.site.model.site import Site

RULE = Rule(id="EKS105", causes=("K19", "H1", "H2", "H8"))
TRAFFIC = "traffic-port"
GOOD = 200


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Compares path, codes and port, for every backend."""
    for way in ways(site, contract):
        path, port = way.annotation("healthcheck-path", "/"), way.annotation("healthcheck-port", TRAFFIC)
        codes = way.annotation("success-codes", str(GOOD))
        service = describe(way.backend.service)
        claim = Claim(
            subject=way.ingress.identity.subject,
            proven=f"The health check asks for {describe(path)}, which {service} answers",
            refuted=f"The health check asks for what {service} does not answer",
            fix="Set alb.ingress.kubernetes.io/healthcheck-path to the contract's health path.",
            settle="Name the contract of the image: --contract FILE.",
            service=way.name,
            aspect=service,
        )
        asks = f"It asks for {describe(path)} on {describe(port)}, and wants {describe(codes)}"
        doubtful = next((each for each in (path, port, codes) if is_leaf(each)), None)
        if doubtful is not None:
            yield RULE.unproven(claim, describe(doubtful), asks)
        elif way.contract is None:
            yield RULE.unproven(claim, f"what {service} answers", asks)
        else:
            wrong = list(_wrong(way, way.contract, str(path), str(port), str(codes)))
            yield RULE.refuted(claim, asks, *wrong) if wrong else RULE.proven(claim, asks)


def _wrong(way: Way, contract: Contract, path: str, port: str, codes: str) -> Iterator[str]:
    answered = (contract.health_path, contract.ready_path)
    if path.partition("?")[0] not in answered:
        yield f"The contract of {contract.name} answers health checks at {' and '.join(answered)}"
    if not _means(codes, GOOD):
        yield f"The contract's health path answers {GOOD}, which is none of {codes}"
    ports = way.container.ports if way.container else {}
    if port != TRAFFIC and ports.get(port, int(port) if port.isdigit() else None) != contract.port:
        yield f"The contract of {contract.name} listens on {contract.port} alone"


def _means(codes: str, code: int) -> bool:
    """Whether success codes such as "200,204-299" hold a code; what is no list of codes, EKS104 tells."""
    for part in codes.split(","):
        first, _, last = part.partition("-")
        if not first.isdigit() or (last and not last.isdigit()):
            return True
        if int(first) <= code <= int(last or first):
            return True
    return False
