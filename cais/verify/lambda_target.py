"""Lambda: the function of an assembly under AWS's own emulator of its runtime interface."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cais.verify.docker import require_docker
from cais.verify.docker_engine import DockerEngine
from cais.verify.emulator import find_emulator, invoke
from cais.verify.errors import EngineMissingError
from cais.verify.lambda_causes import diagnose
from cais.verify.lambda_event import request as http_request
from cais.verify.lambda_function import read_function
from cais.verify.load import Answer, latency
from cais.verify.report import Memory, StateChange, TargetReport
from cais.verify.runs import run_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cais.template import Assembly
    from cais.verify.docker_engine import DockerCopy
    from cais.verify.emulator import Reply
    from cais.verify.lambda_function import Found, LambdaFunction
    from cais.verify.report import Latency, VerifyFinding
    from cais.verify.verifier import Progress, Request, Service

TARGET = "serverless"
ENGINE = "Lambda's runtime interface emulator"
COLD_STARTS = 3
WARM_REQUESTS = 100
READY_SECONDS = 10
OK = 200
NOT_SHOWN = (
    "the front end itself: its routes, permissions and time-outs, and how the function scales",
    "the network of its subnets, its role, and the CPU that Lambda gives by its memory",
)


class LambdaVerifier:
    """One function of an image behind API Gateway, a function URL or an ALB."""

    def verify(self, assembly: Assembly, *, request: Request, progress: Progress) -> TargetReport:
        """Calls the function cold and warm, as its front end would, and what the deployment calls before."""
        found, engine = self._prepare(assembly, request, progress)
        path = request.contract.health_path if request.contract else "/"
        image = engine.prepare(found.function.workload)
        with run_folder() as folder:
            data = folder / "data"
            data.mkdir()
            for function in found.before:
                progress.step(f"{TARGET}: calling {function.resource}, as the deployment does")
                if wrong := _call_once(function, engine, data):
                    return _unhealthy(found.function, image, wrong)
            progress.step(f"{TARGET}: {COLD_STARTS} cold starts, then {WARM_REQUESTS} requests")
            return _measured(found.function, engine, data, path=path, image=image)

    @contextmanager
    def up(self, assembly: Assembly, *, request: Request, progress: Progress) -> Iterator[Service]:
        """There is no URL of a function without its front end."""
        del assembly, request, progress
        raise EngineMissingError(
            "a function has no URL of its own here: `cais verify serverless` calls it, and "
            "`cais up ecs` serves the same image"
        )
        yield

    def _prepare(
        self, assembly: Assembly, request: Request, progress: Progress
    ) -> tuple[Found, DockerEngine]:
        if request.engine == "process":
            raise EngineMissingError("Lambda's emulator runs in a container; use --engine docker")
        require_docker()
        given = {**request.environment, **request.secrets}
        found = read_function(assembly, given=given, emulator=find_emulator(progress))
        return found, DockerEngine(build_args=request.build_args)


VERIFIER = LambdaVerifier()


def _call_once(function: LambdaFunction, engine: DockerEngine, data: Path) -> VerifyFinding | None:
    """Calls a function that has to succeed before the others are of use; why it does not, or None."""
    copy = _started(function, engine, data, name="before")
    try:
        reply = invoke(copy.port, {}, timeout=function.timeout)
        state = engine.states([copy])[copy.name]
        return diagnose(function, reply, path="", logs=copy.logs(), state=state) if reply.error else None
    finally:
        copy.stop()


def _measured(
    function: LambdaFunction, engine: DockerEngine, data: Path, *, path: str, image: str
) -> TargetReport:
    event = http_request(function.front_end or "format 2.0", path)
    cold: list[Reply] = []
    warm: list[Reply] = []
    states: list[StateChange] = []
    findings: list[VerifyFinding] = []
    memory = None
    began = time.monotonic()
    for number in range(1, COLD_STARTS + 1):
        copy = _started(function, engine, data, name=f"cold-{number}")
        try:
            reply = invoke(copy.port, event, timeout=function.timeout)
            wrong = diagnose(
                function, reply, path=path, logs=copy.logs(), state=engine.states([copy])[copy.name]
            )
            states.append(_change(copy, wrong, at=time.monotonic() - began))
            if wrong:
                findings.append(wrong)
                break
            cold.append(reply)
            if number == COLD_STARTS:
                rest = copy.memory_mib()
                warm = [invoke(copy.port, event, timeout=function.timeout) for _ in range(WARM_REQUESTS)]
                memory = _memory(rest, copy.memory_mib(), function)
                findings += _failed(function, warm, path=path, copy=copy, engine=engine)
        finally:
            copy.stop()
    return TargetReport(
        target=TARGET,
        engine=ENGINE,
        image=image,
        not_verified=(*_unknown(function), *NOT_SHOWN),
        verdict="unhealthy" if findings else "healthy",
        states=tuple(states),
        time_to_healthy=max(reply.seconds for reply in cold) if cold and not findings else None,
        cold=_latency(cold),
        warm=_latency(warm),
        memory=memory,
        findings=tuple(findings),
    )


def _unhealthy(function: LambdaFunction, image: str, wrong: VerifyFinding) -> TargetReport:
    return TargetReport(
        target=TARGET,
        engine=ENGINE,
        verdict="unhealthy",
        image=image,
        findings=(wrong,),
        not_verified=(*_unknown(function), *NOT_SHOWN),
    )


def _started(function: LambdaFunction, engine: DockerEngine, data: Path, *, name: str) -> DockerCopy:
    """The function's container, once its emulator listens."""
    copy = engine.start(function.workload, name=name, data=data)
    deadline = time.monotonic() + READY_SECONDS
    while not copy.listening() and engine.states([copy])[name].running and time.monotonic() < deadline:
        time.sleep(0.05)
    return copy


def _change(copy: DockerCopy, wrong: VerifyFinding | None, *, at: float) -> StateChange:
    if wrong:
        return StateChange(at=at, copy=copy.name, state="unhealthy", description=wrong.message)
    return StateChange(at=at, copy=copy.name, state="healthy")


def _failed(
    function: LambdaFunction, warm: list[Reply], *, path: str, copy: DockerCopy, engine: DockerEngine
) -> Iterator[VerifyFinding]:
    """The first answer to a warm function that is none."""
    bad = next((reply for reply in warm if reply.error or reply.status != OK), None)
    state = engine.states([copy])[copy.name]
    if bad and (wrong := diagnose(function, bad, path=path, logs=copy.logs(), state=state)):
        yield wrong


def _memory(rest: float | None, busy: float | None, function: LambdaFunction) -> Memory | None:
    if rest is None or busy is None:
        return None
    return Memory(at_rest=rest, under_load=max(rest, busy), limit=function.workload.memory_mib)


def _latency(replies: list[Reply]) -> Latency | None:
    return latency([Answer(at=0, seconds=reply.seconds, status=reply.status) for reply in replies])


def _unknown(function: LambdaFunction) -> tuple[str, ...]:
    names = ", ".join(function.unknown)
    return (f"the values of {names}: only a deployment knows them (--env, --secrets)",) if names else ()
