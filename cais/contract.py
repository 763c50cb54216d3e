"""The contract: what an image needs of whoever runs it, read from `contract.toml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Architecture = Literal["x86_64", "arm64"]
ARCHITECTURES: tuple[Architecture, ...] = ("x86_64", "arm64")
HIGHEST_PORT = 65535
T = TypeVar("T")


class ContractError(ValueError):
    """A contract that cannot be used. The text lists every problem, one a line."""


class Contract(Struct, frozen=True, kw_only=True):
    """What the image promises and needs.

    Times are in seconds, memory in MiB, cpu in units of 1/1024 vCPU. `environment` and `secrets` map
    the name of a variable to a sentence on what it is for; their values are never part of a contract.
    """

    name: str
    port: int
    keeps_state: bool
    health_path: str
    ready_path: str
    metrics_path: str
    startup_seconds: int
    drain_seconds: int
    architecture: Architecture
    cpu: int
    memory_mib: int
    min_copies: int
    max_copies: int
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


def load_contract(path: Path) -> Contract:
    """The contract at `path`.

    Raises:
        ContractError: the file is missing, is no TOML, or lacks or misuses a key; all problems at once.
    """
    import tomllib  # noqa: PLC0415 - preflight without a contract does without it, and starts faster

    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ContractError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ContractError(f"{path}: is not TOML: {error}") from error
    reader = _Reader(document)
    contract = _read(reader)
    if reader.problems:
        raise ContractError("\n".join(f"{path}: {problem}" for problem in reader.problems))
    return contract


def _read(reader: _Reader) -> Contract:
    contract = Contract(
        name=reader.text("name"),
        port=reader.number("port", most=HIGHEST_PORT),
        keeps_state=reader.flag("keeps_state"),
        health_path=reader.path("paths.health"),
        ready_path=reader.path("paths.ready"),
        metrics_path=reader.path("paths.metrics"),
        startup_seconds=reader.number("seconds.startup"),
        drain_seconds=reader.number("seconds.drain"),
        architecture=reader.architecture("resources.architecture"),
        cpu=reader.number("resources.cpu"),
        memory_mib=reader.number("resources.memory_mib"),
        min_copies=reader.number("copies.min"),
        max_copies=reader.number("copies.max"),
        environment=reader.sentences("environment"),
        secrets=reader.sentences("secrets"),
    )
    if contract.min_copies > contract.max_copies:
        reader.problems.append("copies.min is greater than copies.max")
    return contract


class _Reader:
    """Takes typed values out of a TOML document and collects every problem on the way."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.problems: list[str] = []

    def text(self, key: str) -> str:
        value = self._take(key)
        if isinstance(value, str) and value:
            return value
        return self._problem(key, "a non-empty string", value, "")

    def path(self, key: str) -> str:
        value = self._take(key)
        if isinstance(value, str) and value.startswith("/"):
            return value
        return self._problem(key, 'a path that begins with "/"', value, "/")

    def number(self, key: str, *, most: int | None = None) -> int:
        value = self._take(key)
        if type(value) is int and value > 0 and (most is None or value <= most):
            return value
        wanted = "a whole number above 0" if most is None else f"a whole number from 1 to {most}"
        return self._problem(key, wanted, value, 1)

    def flag(self, key: str) -> bool:
        value = self._take(key)
        return value if isinstance(value, bool) else self._problem(key, "true or false", value, False)

    def architecture(self, key: str) -> Architecture:
        value = self._take(key)
        for architecture in ARCHITECTURES:
            if value == architecture:
                return architecture
        return self._problem(key, " or ".join(ARCHITECTURES), value, ARCHITECTURES[0])

    def sentences(self, key: str) -> Mapping[str, str]:
        value = self.document.get(key, {})
        if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
            return value
        return self._problem(key, "a table of names and sentences", value, {})

    def _take(self, key: str) -> Any:
        value: Any = self.document
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def _problem(self, key: str, wanted: str, value: Any, stand_in: T) -> T:
        got = "it is missing" if value is None else f"it is {value!r}"
        self.problems.append(f"{key} must be {wanted}; {got}")
        return stand_in
