"""EKS107: the probes ask what the container answers, and wait until it has started.

What breaks: a readiness probe that asks for another path or port keeps a pod out of its Service for good; a
startup or liveness probe that does, or that gives up before the service has started, restarts it for ever
(CrashLoopBackOff). A liveness probe that asks the database restarts every copy while the database is away.

How it is proven: path and port of each HTTP probe against the contract; the seconds that the startup probe,
or without one the liveness probe, leaves, against the contract's start.

Fix: `startupProbe` and `livenessProbe` on the contract's health path, `readinessProbe` on its ready path.

Sample:

    Deployment: {spec: {template: {spec: {containers: [{name: web, image: "nginx:1",
      ports: [{name: http, containerPort: 8000}], readinessProbe: {httpGet: {path: /ready, port: http}}}]}}}}

Sources: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from cais.rules.eks.ways import number_of, ways
from cais.rules.rule import Claim, Rule
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.contract import Contract
    from cais.findings import Finding
    from cais.rules.eks.ways import Way
    from cais.site.model.kubernetes import PodContainer, Probe
    from cais.site.model.site import Site

RULE = Rule(id="EKS107", causes=("H1", "H7", "H9", "H32"))


def check(site: Site, contract: Contract | None) -> Iterator[Finding]:
    """Looks at the HTTP probes of every container that gets requests and has a contract."""
    for way in ways(site, contract):
        asks = way.container and (way.container.startup or way.container.liveness or way.container.readiness)
        if way.container and way.contract and asks:
            yield _judge(way, way.container, way.contract)


def _judge(way: Way, container: PodContainer, contract: Contract) -> Finding:
    owner = way.workload.identity if way.workload else way.ingress.identity
    claim = Claim(
        subject=owner.subject,
        proven=f"The probes of {owner} ask what {contract.name} answers, once it has started",
        refuted=f"The probes of {owner} keep it from becoming ready",
        fix="Probe the contract's health path, for readiness its ready path, until it has started.",
        settle="kubectl describe pod",
        service=way.name,
        aspect=str(owner),
    )
    probes = {"startup": container.startup, "liveness": container.liveness, "readiness": container.readiness}
    given = {name: probe for name, probe in probes.items() if probe}
    steps = [f"The {name} probe asks for {describe(each.path)}" for name, each in given.items()]
    doubtful = [field for each in given.values() for field in (each.path, each.port) if is_leaf(field)]
    wrong = [said for name, each in given.items() for said in _wrong(name, each, container, contract)]
    wrong += _impatient(container, contract)
    if wrong:
        return RULE.refuted(claim, *steps, *wrong)
    if doubtful:
        return RULE.unproven(claim, describe(doubtful[0]), *steps)
    liveness = container.liveness
    if liveness and liveness.path == contract.ready_path != contract.health_path:
        restarts = f"While its store is away, every copy of {owner} is restarted"
        return RULE.advice(replace(claim, refuted=restarts), *steps)
    return RULE.proven(claim, *steps)


def _wrong(name: str, probe: Probe, container: PodContainer, contract: Contract) -> Iterator[str]:
    answered = (contract.health_path, contract.ready_path)
    if isinstance(probe.path, str) and probe.path.partition("?")[0] not in answered:
        yield f"The {name} probe asks for {probe.path}; the contract answers {' and '.join(answered)}"
    number = number_of(probe.port, container)
    if number is None:
        yield f"The {name} probe names the port {describe(probe.port)}, which the container has not"
    elif isinstance(number, int) and number != contract.port:
        yield f"The {name} probe asks on {number}; the contract listens on {contract.port}"


def _impatient(container: PodContainer, contract: Contract) -> Iterator[str]:
    """The first probe that can end the container, where it does so before the start is over."""
    name, probe = ("startup", container.startup) if container.startup else ("liveness", container.liveness)
    if probe is None:
        return
    times = (probe.delay, probe.period, probe.failures)
    if all(isinstance(each, int) for each in times):
        delay, period, failures = (int(str(each)) for each in times)
        if delay + period * failures < contract.startup_seconds:
            yield f"The {name} probe gives up after {delay} + {period} × {failures} s"
            yield f"The contract starts in {contract.startup_seconds} s"
