"""What a Dockerfile says of the image: its last stage, as far as it can be read without building."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CONTINUATION = re.compile(r"\\\s*\n(?:\s*#[^\n]*\n)*")


@dataclass(slots=True)
class Stage:
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


def last_stage(text: str) -> Stage:
    """The last stage of the Dockerfile `text`. Instructions that concern the image alone are passed over."""
    stage = Stage()
    defaults: dict[str, str] = {}
    bases: dict[str, str] = {}
    for instruction, rest in _instructions(text):
        match instruction:
            case "ARG":
                name, _, default = rest.partition("=")
                defaults.setdefault(name, default.strip("\"'"))
            case "FROM":
                image, *alias = [
                    word for word in _filled(rest, defaults).split() if not word.startswith("--")
                ]
                stage = Stage(base=bases.get(image, image))
                bases |= dict.fromkeys(alias[1:], stage.base)
            case "RUN":
                stage.builds.append(rest)
            case "HEALTHCHECK":
                stage.checks_health = rest.upper() != "NONE"
            case "WORKDIR":
                stage.workdir = rest
            case "COPY" if not re.search(r"--from=", rest):
                *sources, target = re.sub(r"--\S+\s+", "", rest).split()
                absolute = target if target.startswith("/") else f"{stage.workdir.rstrip('/')}/{target}"
                stage.copies += [(source, absolute) for source in sources]
            case "ENTRYPOINT":
                stage.entry_point = _words(rest)
            case "CMD":
                stage.command = _words(rest)
            case _:
                pass
    return stage


def _filled(text: str, defaults: Mapping[str, str]) -> str:
    """The text with the defaults of ARG in place of $NAME and ${NAME}."""
    return re.sub(
        r"\$(?:\{(\w+)[^}]*\}|(\w+))", lambda match: defaults.get(match[1] or match[2], match[0]), text
    )


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    for line in _CONTINUATION.sub(" ", text).splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            instruction, _, rest = line.strip().partition(" ")
            yield instruction.upper(), rest.strip()


def _words(rest: str) -> tuple[str, ...]:
    """The exec form as it stands; the shell form as Docker runs it."""
    if rest.startswith("["):
        return tuple(json.loads(rest))
    return ("/bin/sh", "-c", rest)
