"""EKS104: the controller understands the annotations of an Ingress.

What breaks: annotations are text. One that the controller cannot read, such as ports that are no JSON, fails
the whole load balancer ("failed build model"), and the Ingress stays without an address.

How it is proven: ports, scheme, target type, attributes and the numbers of the health check against the
controller's grammar and the limits of an ALB: an interval of 5 to 300 s, longer than the time-out of 2 to
120 s, thresholds of 2 to 10.

Fix: write the annotation as the controller's guide has it.

Sample:

    Ingress: {metadata: {annotations: {alb.ingress.kubernetes.io/listen-ports: "[HTTP: 80]"}}}

Sources: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/,
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from cais.rules.eks.actions import wrong_actions
from cais.rules.eks.ways import PREFIX, ingresses
from cais.rules.rule import Claim, Rule
from cais.rules.services import label
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeText

RULE = Rule(id="EKS104", causes=("K18", "H10"))
WORDS = {
    "scheme": {"internal", "internet-facing"},
    "target-type": {"instance", "ip"},
    "backend-protocol": {"HTTP", "HTTPS"},
    "backend-protocol-version": {"HTTP1", "HTTP2", "GRPC"},
    "healthcheck-protocol": {"HTTP", "HTTPS"},
    "ip-address-type": {"ipv4", "dualstack", "dualstack-without-public-ipv4"},
}
NUMBERS = {
    "healthcheck-interval-seconds": (5, 300),
    "healthcheck-timeout-seconds": (2, 120),
    "healthy-threshold-count": (2, 10),
    "unhealthy-threshold-count": (2, 10),
}
ATTRIBUTES = {"load-balancer-attributes", "tags", "target-group-attributes"}
PROTOCOLS = {"HTTP", "HTTPS"}
INTERVAL, TIMEOUT = 15, 5
"""The controller's defaults, in seconds."""


def check(site: Site, _: Contract | None) -> Iterator[Finding]:
    """Reads the annotations of every Ingress that is meant for an ALB."""
    for ingress in ingresses(site):
        given = {
            name.removeprefix(PREFIX): value
            for name, value in ingress.annotations.items()
            if name.startswith(PREFIX)
        }
        claim = Claim(
            subject=ingress.identity.subject,
            proven=f"The controller understands the annotations of {ingress.identity}",
            refuted=f"The controller does not understand an annotation of {ingress.identity}",
            fix="Write it as the controller's guide has it.",
            settle="kubectl describe ingress",
            service=label(ingress.identity.subject),
            aspect=str(ingress.identity),
        )
        wrong = [*_wrong(given), *_too_slow(given), *wrong_actions(ingress)]
        doubtful = [
            name for name, value in given.items() if is_leaf(value) and (name in WORDS or name in NUMBERS)
        ]
        if wrong:
            yield RULE.refuted(claim, *wrong)
        elif doubtful:
            yield RULE.unproven(claim, f"{doubtful[0]}: {describe(given[doubtful[0]])}")
        else:
            yield RULE.proven(claim, *(f"{name} is {describe(value)}" for name, value in given.items()))


def _wrong(given: Mapping[str, MaybeText]) -> Iterator[str]:
    """What is not as the controller wants it, an annotation a line."""
    for name, value in given.items():
        if not isinstance(value, str):
            continue
        if name in WORDS and value not in WORDS[name]:
            yield f"{name} is {value!r}, none of {', '.join(sorted(WORDS[name]))}"
        if name in NUMBERS:
            least, most = NUMBERS[name]
            if not (value.isdigit() and least <= int(value) <= most):
                yield f"{name} is {value!r}, no number from {least} to {most}"
        if name in ATTRIBUTES and not all("=" in pair for pair in value.split(",")):
            yield f"{name} is {value!r}, no list of name=value"
        if name == "listen-ports" and not _are_ports(value):
            yield f'listen-ports is {value!r}, not like [{{"HTTP": 80}}, {{"HTTPS": 443}}]'
        if name.startswith("conditions.") and not _is_json(value):
            yield f"{name} is no JSON: {value!r}"
        if name == "success-codes" and not re.fullmatch(r"[2-4]\d\d(?:[,-][2-4]\d\d)*", value):
            yield f"success-codes is {value!r}, not like 200 or 200-299 or 200,202"


def _too_slow(given: Mapping[str, MaybeText]) -> Iterator[str]:
    interval = describe(given.get("healthcheck-interval-seconds", str(INTERVAL)))
    timeout = describe(given.get("healthcheck-timeout-seconds", str(TIMEOUT)))
    if interval.isdigit() and timeout.isdigit() and int(timeout) >= int(interval):
        yield f"The time-out of {timeout} s is not shorter than the interval of {interval} s"


def _are_ports(text: str) -> bool:
    try:
        ports = json.loads(text)
    except ValueError:
        return False
    return (
        isinstance(ports, list)
        and bool(ports)
        and all(isinstance(each, dict) and each for each in ports)
        and all(name in PROTOCOLS and isinstance(port, int) for each in ports for name, port in each.items())
    )


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
