"""What a Dockerfile's last stage does, as far as a plain process can do the same."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTINUATION = re.compile(r"\\\s*\n(?:\s*#[^\n]*\n)*")


@dataclass(slots=True)
class Stage:
    """The last stage: what it copies from the build context, where it runs, and what."""

    workdir: str = "/"
    copies: list[tuple[str, str]] = field(default_factory=list)
    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def last_stage(text: str) -> Stage:
    """The last stage of the Dockerfile `text`. Instructions that concern the image alone are passed over."""
    stage = Stage()
    for instruction, rest in _instructions(text):
        match instruction:
            case "FROM":
                stage = Stage()
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
