"""Why a function did not answer, in the terms of the catalogue (docs/reference/causes.toml)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.verify.diagnosis import LOG_LINES, answered
from cais.verify.report import VerifyFinding

if TYPE_CHECKING:
    from cais.verify.emulator import Reply
    from cais.verify.engine import CopyState
    from cais.verify.lambda_function import LambdaFunction

OK = 200
SIGNS: tuple[tuple[str, str, str, str], ...] = (
    (
        r"exec format error|InvalidEntrypoint.*format",
        "L7",
        "its image is built for another processor",
        "Name one architecture for the image and for Architectures.",
    ),
    (
        r"python[\d.]*: No module named|InvalidEntrypoint",
        "L8",
        "its image has no runtime interface client, or its entry point is not in the image",
        "Install awslambdaric in the image, and let ImageConfig.EntryPoint start it.",
    ),
    (
        r"ImportModuleError|HandlerNotFound|MalformedHandlerName|Unable to import module",
        "L8",
        "its handler cannot be loaded",
        "Name module and function in ImageConfig.Command, such as service.lambda_handler.handler.",
    ),
    (
        r"KeyError: 'httpMethod'|^'httpMethod'",
        "L1",
        "its adapter does not know events of this format",
        "Use an adapter that takes payload format 2.0, or PayloadFormatVersion 1.0.",
    ),
    (
        r"KeyError: 'queryStringParameters'|^'queryStringParameters'",
        "L2",
        "its adapter does not know multi-value events of an ALB",
        "Turn lambda.multi_value_headers.enabled off, or use another adapter.",
    ),
    (
        r"Task timed out|Sandbox\.Timedout",
        "L10",
        "it did not answer within its time-out",
        "Raise Timeout above the start of the application, or make it start faster.",
    ),
    (
        r"signal: killed|Cannot allocate memory|MemoryError",
        "H25",
        "it ran out of memory",
        "Raise MemorySize.",
    ),
    (
        r"Read-only file system",
        "",
        "it writes outside of /tmp, where nobody may on Lambda",
        "Write below /tmp, or to a store.",
    ),
)


def diagnose(
    function: LambdaFunction, reply: Reply, *, path: str, logs: str, state: CopyState
) -> VerifyFinding | None:
    """The finding that a reply comes to; None where it answers well."""
    if not reply.error and reply.status == OK:
        return None
    if state.out_of_memory:
        return _finding(function, "H25", "it ran out of memory", "Raise MemorySize.", logs)
    said = f"{reply.error} {reply.message}\n{state.error}\n{logs}"
    for pattern, cause, message, fix in SIGNS if reply.error else ():
        if re.search(pattern, said, re.MULTILINE):
            return _finding(function, cause, message, fix, logs)
    if reply.status:
        cause = answered(f"a request for {path}", reply.status)
        return _finding(function, cause.id, cause.message, cause.fix, logs)
    message = f"it failed: {reply.error} {reply.message}".strip()
    return _finding(function, "L14", message, "See its last lines.", logs)


def _finding(function: LambdaFunction, cause: str, message: str, fix: str, logs: str) -> VerifyFinding:
    lines = tuple(line.rstrip() for line in logs.splitlines() if line.strip())[-LOG_LINES:]
    return VerifyFinding(
        cause=cause,
        resource=function.resource,
        message=f"{function.resource} does not serve: {message}",
        fix=fix,
        log_lines=lines,
    )
