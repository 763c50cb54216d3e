"""What a container's command line says of its web server."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from msgspec import Struct

from cais.rules.services import exposures
from cais.site.model.values import describe, is_leaf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cais.rules.services import Exposure
    from cais.site.model.ecs import Container
    from cais.site.model.site import Site

SHELLS = frozenset({"sh", "bash", "ash", "dash"})
BIND = {"gunicorn": ("-b", "--bind"), "hypercorn": ("-b", "--bind")}
HOST = {"uvicorn": "--host", "flask": "--host", "waitress-serve": "--host"}
PORT = {"uvicorn": "--port", "flask": "--port", "waitress-serve": "--port"}
DEFAULTS = {
    "gunicorn": ("127.0.0.1", 8000),
    "hypercorn": ("127.0.0.1", 8000),
    "uvicorn": ("127.0.0.1", 8000),
    "flask": ("127.0.0.1", 5000),
    "waitress-serve": ("0.0.0.0", 8080),  # noqa: S104 - waitress's own default
}
"""Where each server listens when its command line does not say it."""


class Server(Struct, frozen=True):
    """A web server and its arguments; `text` is how the command was written."""

    program: str
    arguments: tuple[str, ...]
    environment: Mapping[str, object]
    text: str

    def option(self, *names: str) -> str | None:
        """The last value of an option, given as "--name value", "--name=value" or "-nvalue"."""
        value = None
        for index, word in enumerate(self.arguments):
            for name in names:
                if word == name:
                    value = self.arguments[index + 1] if index + 1 < len(self.arguments) else None
                elif word.startswith(f"{name}="):
                    value = word.partition("=")[2]
                elif len(name) == len("-b") and word.startswith(name) and not word.startswith("--"):
                    value = word[len(name) :]
        return value

    def listens(self) -> tuple[str, int] | None:
        """Host and port; None where a file or a variable decides."""
        host, port = self._address()
        return None if port is None else (host, port)

    def _address(self) -> tuple[str, int | None]:
        host, port = DEFAULTS[self.program]
        if self.program in BIND:
            bind = self.option(*BIND[self.program])
            if bind is None:
                return host, None if self.has_config or "PORT" in self.environment else port
            return _address(bind, default=port)
        if self.program == "flask":
            host = self.environment.get("FLASK_RUN_HOST", host)
            port = self.environment.get("FLASK_RUN_PORT", port)
        given = self.option(PORT[self.program], "-p") or port
        return str(self.option(HOST[self.program], "-h") or host), _number(str(given))

    @property
    def has_config(self) -> bool:
        """Whether a file may hold options that the command line does not."""
        return self.option("-c", "--config") is not None


def gunicorns(site: Site) -> Iterator[tuple[Exposure, Server]]:
    """Where a gunicorn gets requests, all of whose options are in its command line."""
    for exposure in exposures(site):
        started = server(exposure.container)
        if started and started.program == "gunicorn" and not started.has_config:
            yield exposure, started


def server(container: Container) -> Server | None:
    """The web server that the task definition starts; None where the image's own command decides."""
    words = [*(container.entry_point or ()), *(container.command or ())]
    if not words or any(is_leaf(word) for word in words):
        return None
    plain = _unwrapped([str(word) for word in words])
    for index, word in enumerate(plain):
        program = word.rpartition("/")[2]
        if program in DEFAULTS:
            extra = container.environment.get("GUNICORN_CMD_ARGS", "") if program == "gunicorn" else ""
            if is_leaf(extra):
                return None
            arguments = (*shlex.split(str(extra)), *plain[index + 1 :])
            return Server(program, arguments, container.environment, describe(" ".join(plain)))
    return None


def _unwrapped(words: Sequence[str]) -> list[str]:
    """The words of a command that a shell is given, or those of the command itself."""
    if len(words) > 1 and words[0].rpartition("/")[2] in SHELLS:
        try:
            return shlex.split(words[-1])
        except ValueError:
            return []
    return list(words)


def _address(bind: str, *, default: int | None) -> tuple[str, int | None]:
    host, colon, port = bind.rpartition(":")
    return (host.strip("[]"), _number(port)) if colon else (bind, default)


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None
