"""ECS: the service of an assembly on this machine's engine, behind a load balancer."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cais.verify.diagnosis import diagnose, stopped
from cais.verify.docker import docker_answers, require_docker
from cais.verify.docker_engine import DockerEngine
from cais.verify.engine import StoppedError
from cais.verify.errors import VerifyError
from cais.verify.evidence import ReplacedError
from cais.verify.haproxy import installed
from cais.verify.image_checks import SHELL, check_image
from cais.verify.image_files import holds_program
from cais.verify.measuring import NOTHING, measure, stubborn
from cais.verify.process import ProcessEngine
from cais.verify.reading import read_service
from cais.verify.report import TargetReport
from cais.verify.runs import run_folder
from cais.verify.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cais.template import Assembly
    from cais.verify.ecs_service import EcsService
    from cais.verify.engine import Engine
    from cais.verify.report import VerifyFinding
    from cais.verify.scheduler import Scheduler
    from cais.verify.verifier import Progress, Request, Service

TARGET = "ecs"
NO_HAPROXY = (
    "requests through a load balancer and a rolling deployment: HAProxy is missing "
    "(on Debian or Ubuntu: apt-get install --no-install-recommends haproxy)"
)
ASSUMED = (
    "how many checks a new target has to pass: the time to healthy assumes HealthyThresholdCount, as AWS's "
    "older pages say; the developer guide of late says one"
)
CHECK_PROGRAM = "H15"
ONE_COPY = "more than one copy, and so a rolling deployment: the command takes no port but its own"
NO_SHELL = f"the container health check: docker makes it with {SHELL}, which the image does not have"
PLATFORM = "what only AWS does: pulling from ECR, the network, roles, and secrets that it would inject"


class EcsVerifier:
    """One ECS service with a load balancer."""

    def verify(self, assembly: Assembly, *, request: Request, progress: Progress) -> TargetReport:
        """Starts the service, measures it, rolls a deployment over it, stops it."""
        service = service_of(assembly, request)
        with run_folder() as folder:
            engine = engine_of(request, folder=folder)
            return verify_service(service, engine=engine, folder=folder, request=request, progress=progress)

    @contextmanager
    def up(self, assembly: Assembly, *, request: Request, progress: Progress) -> Iterator[Service]:
        """The service behind one URL. Its data outlive it; it is up once a first check has passed."""
        service = service_of(assembly, request)
        with run_folder() as folder:
            engine = engine_of(request, folder=folder)
            service = _that_fits(service, engine)
            data = request.home / f"data-{engine.name}"  # a container's user cannot write our files
            data.mkdir(exist_ok=True)
            for missing in not_verified(service, engine):
                progress.step(f"not shown here: {missing}")
            progress.step(f"starting {service.workload.name} on the {engine.name} engine")
            service = _that_can_be_checked(service, engine.prepare(service.workload))
            with serving(
                service,
                engine=engine,
                data=data,
                request=request,
                folder=folder,
                progress=progress,
                first_checks=1,
                # A copy that takes no port but its own needs that port itself.
                wish=0 if engine.most_copies(service.workload) else service.workload.port,
            ) as scheduler:
                yield _start(service, scheduler)


@dataclass(slots=True, kw_only=True)
class Serving:
    """A service that is kept running."""

    scheduler: Scheduler
    last_words: str = ""

    @property
    def url(self) -> str:
        """Where its load balancer listens."""
        return self.scheduler.balancer.url

    def alive(self) -> bool:
        """Whether every copy is as ECS would leave it."""
        try:
            self.scheduler.look()
        except ReplacedError as error:
            self.last_words = _told(diagnose(self.scheduler.service, error.evidence))
        return not self.last_words

    def logs(self) -> str:
        """Why a copy would be replaced, and its last lines."""
        return self.last_words


VERIFIER = EcsVerifier()


def service_of(assembly: Assembly, request: Request) -> EcsService:
    """The assembly's service with what the command line gives it."""
    contract = request.contract
    given = {**request.environment, **request.secrets}
    return read_service(assembly, given=given, copies=contract.min_copies if contract else None)


def engine_of(request: Request, *, folder: Path) -> Engine:
    """The engine that the command line asks for. `folder` is that of the run."""
    if request.engine == "docker":
        require_docker()
    if request.engine == "docker" or (request.engine == "auto" and docker_answers()):
        return DockerEngine(build_args=request.build_args)
    return ProcessEngine(home=request.home, run=folder)


def verify_service(
    service: EcsService, *, engine: Engine, folder: Path, request: Request, progress: Progress
) -> TargetReport:
    """The report of a service on an engine; its data are in `folder`, and go with it."""
    data = folder / "data"
    data.mkdir()
    service = _that_fits(service, engine)
    progress.step(f"{TARGET}: preparing {service.workload.name} on the {engine.name} engine")
    image = engine.prepare(service.workload)
    checks = check_image(image, service, contract=request.contract) if image else None
    service = _that_can_be_checked(service, image)
    findings = list(checks.findings) if checks else []
    figures, rolls = NOTHING, installed() and engine.most_copies(service.workload) is None
    with serving(
        service, engine=engine, data=data, request=request, folder=folder, progress=progress
    ) as scheduler:
        try:
            figures = measure(scheduler, rolls=rolls)
            findings = [each for each in findings if each.cause != CHECK_PROGRAM]  # it was called, and passed
        except ReplacedError as error:
            findings.append(diagnose(service, error.evidence))
        except StoppedError as error:
            findings.append(stopped(service, error))
        scheduler.stop()
        findings += [*figures.findings, *stubborn(scheduler)]
    return TargetReport(
        target=TARGET,
        engine=engine.name,
        verdict="unhealthy" if any(each.severity == "error" for each in findings) else "healthy",
        image=image,
        image_mib=checks.size_mib if checks else None,
        states=tuple(scheduler.changes),
        time_to_healthy=figures.time_to_healthy,
        cold=figures.cold,
        warm=figures.warm,
        rollout=figures.rollout,
        memory=figures.memory,
        findings=tuple(_distinct(findings)),
        not_verified=(*not_verified(service, engine), ASSUMED, PLATFORM),
    )


def not_verified(service: EcsService, engine: Engine) -> tuple[str, ...]:
    """What a run of this service on this engine does not show."""
    unknown = f"the values of {', '.join(service.unknown)}: only a deployment knows them (--env, --secrets)"
    return (
        *engine.leaves_out,
        *(() if installed() else (NO_HAPROXY,)),
        *(() if engine.most_copies(service.workload) is None else (ONE_COPY,)),
        *service.left_out,
        *((unknown,) if service.unknown else ()),
    )


def _that_fits(service: EcsService, engine: Engine) -> EcsService:
    """The service with as many copies as the engine can run."""
    most = engine.most_copies(service.workload)
    return service if most is None else replace(service, copies=min(service.copies, most))


def _that_can_be_checked(service: EcsService, image: str) -> EcsService:
    """The service without a container health check that the docker command cannot make.

    It hands every command to a shell; ECS's CMD form needs none.
    """
    check = service.workload.health
    if check is None or not image or check.command[0] == SHELL or holds_program(image, SHELL):
        return service
    unchecked = replace(service.workload, health=None)
    return replace(service, workload=unchecked, left_out=(*service.left_out, NO_SHELL))


def _start(service: EcsService, scheduler: Scheduler) -> Serving:
    """The service, healthy.

    Raises:
        VerifyError: it does not get there; with the cause and its last lines.
    """
    names = [f"copy-{number}" for number in range(1, service.copies + 1)]
    try:
        scheduler.start(names)
        took = scheduler.wait_until_healthy(names)
    except ReplacedError as error:
        raise VerifyError(_told(diagnose(service, error.evidence))) from error
    except StoppedError as error:
        raise VerifyError(_told(stopped(service, error))) from error
    scheduler.progress.step(f"healthy at {service.workload.check.path} after {took:.1f} s")
    return Serving(scheduler=scheduler)


def _told(finding: VerifyFinding) -> str:
    label = f"{finding.cause}: " if finding.cause else ""
    last = ["its last lines:", *finding.log_lines] if finding.log_lines else []
    return "\n".join([f"{label}{finding.message}", f"fix: {finding.fix}", *last])


def _distinct(findings: list[VerifyFinding]) -> Iterator[VerifyFinding]:
    """One finding for each cause: what was seen while it ran says more than what its image shows."""
    last = {finding.cause or finding.message: finding for finding in findings}
    yield from last.values()
