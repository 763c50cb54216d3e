"""Time until a service is healthy, and until a deployment has replaced it, by the settings of three origins.

python -m benchmarks.verify.run    a quarter of an hour, most of it waiting as the defaults ask

All three run at the same time, on this machine's container engine and HAProxy, with the same image, two
copies and the same load; only the settings of the target group and of the deployment differ.
"""

from __future__ import annotations

import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cais.contract import load_contract
from cais.template import load
from cais.verify.docker_engine import DockerEngine
from cais.verify.ecs import verify_service
from cais.verify.ecs_service import EcsService, Rules
from cais.verify.reading import read_service
from cais.verify.runs import run_folder
from cais.verify.serving import serving
from cais.verify.verifier import Request
from tests.engines.base_image import build_args, provide
from tests.engines.container_engine import container_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cais.verify.report import StateChange, TargetReport

ROOT = Path(__file__).parents[2]
CONTRACT = load_contract(ROOT / "service" / "contract.toml")
STORE = {"DATABASE_URL": "sqlite:///{data}/comments.sqlite3"}


class Silent:
    """Progress that nobody reads."""

    def step(self, text: str) -> None:
        pass

    def changed(self, change: StateChange) -> None:
        pass


@dataclass(frozen=True)
class Outcome:
    """Of one origin: seconds until healthy when one check is enough, and the report of the rest."""

    first_check: float
    report: TargetReport


def cdk_defaults(ours: EcsService) -> EcsService:
    """ApplicationLoadBalancedFargateService of aws-cdk-lib 2.275.0, as it synthesizes with no settings.

    The path is ours: its own, "/", answers 404, and the service would never be healthy.
    """
    return replace(
        _checked(ours, interval=30, timeout=5, healthy_threshold=5, unhealthy_threshold=2),
        rules=Rules(deregistration_delay=300),
        grace_period=60,
        minimum_healthy_percent=50,
        maximum_percent=200,
    )


def ingress_defaults(ours: EcsService) -> EcsService:
    """The target group that the AWS Load Balancer Controller makes of an Ingress without annotations.

    Rolled as ECS does: a plain Ingress has no readiness gates, so Kubernetes itself would not wait for it.
    https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#health-check
    """
    return replace(
        _checked(ours, interval=15, timeout=5, healthy_threshold=2, unhealthy_threshold=2),
        rules=Rules(deregistration_delay=300),
    )


def _checked(ours: EcsService, **timing: float) -> EcsService:
    check = replace(ours.workload.check, **timing)
    return replace(ours, workload=replace(ours.workload, check=check))


ORIGINS: Mapping[str, Callable[[EcsService], EcsService]] = {
    "EcsStack": lambda ours: ours,
    "CDK's ApplicationLoadBalancedFargateService": cdk_defaults,
    "a plain Ingress's target group": ingress_defaults,
}


def measured(service: EcsService, base: str) -> Outcome:
    """Starts the service once with each model of the first checks; the second time a deployment follows."""
    engine = DockerEngine(build_args=build_args(base))
    request = Request(home=ROOT / ".cais", environment=STORE, contract=CONTRACT)
    with run_folder() as folder:
        engine.prepare(service.workload)
        once = folder / "once"
        once.mkdir()
        with serving(
            service,
            engine=engine,
            data=once,
            request=request,
            folder=folder,
            progress=Silent(),
            first_checks=1,
        ) as scheduler:
            names = [f"copy-{number}" for number in range(service.copies)]
            scheduler.start(names)
            first_check = scheduler.wait_until_healthy(names)
        report = verify_service(service, engine=engine, folder=folder, request=request, progress=Silent())
    return Outcome(first_check, report)


def table(outcomes: Mapping[str, Outcome]) -> str:
    """In Markdown."""
    lines = [
        "| settings of | healthy, one check | healthy, all checks | rolling deployment | failed requests |",
        "|---|---|---|---|---|",
    ]
    for origin, outcome in outcomes.items():
        rollout, healthy = outcome.report.rollout, outcome.report.time_to_healthy
        if rollout is None or healthy is None:
            raise SystemExit(f"{origin}: {outcome.report.findings}")
        cells = (f"{outcome.first_check:.0f} s", f"{healthy:.0f} s", f"{rollout.seconds:.0f} s")
        lines.append(f"| {origin} | {' | '.join(cells)} | {rollout.failed} of {rollout.requests} |")
    return "\n".join(lines)


def main() -> None:
    """Synthesizes, measures, prints."""
    with tempfile.TemporaryDirectory() as folder, container_engine(print):
        subprocess.run(["cdk", "synth", "--quiet", "--output", folder], cwd=ROOT, check=True)
        ours = read_service(load([Path(folder)])[0], given=STORE, copies=CONTRACT.min_copies)
        base = provide(say=print)
        with ThreadPoolExecutor() as threads:
            runs = {
                origin: threads.submit(measured, settings(ours), base) for origin, settings in ORIGINS.items()
            }
            print(table({origin: run.result() for origin, run in runs.items()}))


if __name__ == "__main__":
    main()
