"""Where a process is told to listen: its own port of 127.0.0.1, for servers that take that from outside.

A container has a network of its own; a process shares this machine's, where the port may be taken, and
where 0.0.0.0 would show the service to the neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

from cais.verify.ports import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GUNICORN = "GUNICORN_CMD_ARGS"  # https://docs.gunicorn.org/en/stable/settings.html


@dataclass(frozen=True, slots=True)
class Binding:
    """A command line and variables by which the server listens on the port of ours."""

    words: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


def binding(words: Sequence[str], *, port: int, environment: Mapping[str, str]) -> Binding | None:
    """How the command of `words` is made to listen on `port`; None for one that we cannot tell."""
    program = PurePath(_program(words)).name
    if program == "gunicorn":
        # An option of the command line would win over the variable, and the variable over a file.
        own = f"{environment.get(GUNICORN, '')} --bind {HOST}:{port}".strip()
        return Binding(_without_bind(words), {GUNICORN: own})
    if program == "uvicorn":
        return Binding((*words, "--host", HOST, "--port", str(port)))
    if program == "flask":
        return Binding((*words, "--host", HOST, "--port", str(port))) if "run" in words else None
    return None


def _program(words: Sequence[str]) -> str:
    """The program, or the module of `python -m`."""
    if "-m" in words and PurePath(words[0]).name.startswith("python"):
        return words[words.index("-m") + 1] if words[-1] != "-m" else ""
    return words[0]


def _without_bind(words: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    skip = False
    for word in words:
        if skip or word.startswith(("--bind=", "-b=")):
            skip = False
            continue
        skip = word in {"--bind", "-b"}
        if not skip:
            kept.append(word)
    return tuple(kept)
