"""What a Dockerfile says of the image: its last stage, as far as it can be read without building."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VARIABLE = re.compile(r"\$(?:\{(\w+)[^}]*\}|(\w+))")
_CONTINUATION = re.compile(r"\\\s*\n(?:\s*#[^\n]*\n)*")


class Stage(Struct):
    """The last stage: what it stands on and runs while it is built, what it copies, where it runs, and what.

    `base` has the defaults of ARG in it; `checks_health` is whether Docker itself would check its health.
    """

    base: str = ""
    builds: list[str] = field(default_factory=list)
    checks_health: bool = False
    workdir: str = "/"
    copies: list[tuple[str, str]] = field(default_factory=list)
    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def last_stage(text: str, build_arguments: Mapping[str, str] = MappingProxyType({})) -> Stage:
    """The last stage of the Dockerfile `text`. Instructions that it has no field for are passed over."""
    stage = Stage()
    arguments = dict(build_arguments)
    bases: dict[str, str] = {}
    for instruction, rest in _instructions(text):
        match instruction:
            case "ARG":
                name, _, default = rest.partition("=")
                arguments.setdefault(name, default.strip("\"'"))
            case "FROM":
                words = [word for word in _filled(rest, arguments).split() if not word.startswith("--")]
                image = words[0] if words else ""
                stage = Stage(base=bases.get(image, image))
                bases |= dict.fromkeys(words[2:], stage.base)
            case "RUN":
                stage.builds.append(rest)
            case "HEALTHCHECK":
                stage.checks_health = rest.upper() != "NONE"
            case "WORKDIR":
                stage.workdir = rest
            case "COPY" if not re.search(r"--from=", rest):
                *sources, target = re.sub(r"--\S+\s+", "", rest).split() or [""]
                absolute = target if target.startswith("/") else f"{stage.workdir.rstrip('/')}/{target}"
                stage.copies += [(source, absolute) for source in sources]
            case "ENTRYPOINT":
                stage.entry_point = _words(rest)
            case "CMD":
                stage.command = _words(rest)
            case _:
                pass
    return stage


def _filled(text: str, arguments: Mapping[str, str]) -> str:
    """The text with build arguments in place of $NAME and ${NAME}."""
    return _VARIABLE.sub(lambda match: arguments.get(match[1] or match[2], match[0]), text)


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    for line in _CONTINUATION.sub(" ", text).splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            instruction, _, rest = line.strip().partition(" ")
            yield instruction.upper(), rest.strip()


def _words(rest: str) -> tuple[str, ...]:
    """The exec form as it stands; the shell form, and what is no JSON, as Docker runs it."""
    if rest.startswith("["):
        with suppress(ValueError, RecursionError):
            return tuple(json.loads(rest))
    return ("/bin/sh", "-c", rest)
