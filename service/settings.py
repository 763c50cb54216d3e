"""The service's settings, from its environment."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCEPTED_URLS = {
    "memory": "memory:// (tests only: nothing outlives the process)",
    "sqlite": "sqlite:///PATH (an absolute path has four slashes)",
    "postgresql": "postgresql://USER@HOST/NAME",
    "dynamodb": "dynamodb://TABLE",
}
NAMESPACE = re.compile(r"(?!AWS/)[\w./#:-]{1,255}", re.ASCII)
TABLE = re.compile(r"[\w.-]{3,255}", re.ASCII)
LOG_LEVELS = ("debug", "info", "warning", "error")


class SettingsError(ValueError):
    """An environment that cannot be used. The text lists every problem, one a line."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the service is told. The password never shows in a representation or a log."""

    database_url: str = "sqlite:///comments.sqlite3"
    database_password: str | None = field(default=None, repr=False)
    database_secret_arn: str | None = None
    log_level: str = "info"
    metrics_namespace: str | None = None
    otel_exporter_otlp_endpoint: str | None = None

    @property
    def store(self) -> str:
        """The scheme of the database URL."""
        return self.database_url.partition("://")[0]


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in `environment`; an empty variable counts as absent.

    Raises:
        SettingsError: a variable has a value that is not accepted; all problems at once.
    """
    given = {name: value for name, value in environment.items() if value}
    settings = Settings(
        database_url=given.get("DATABASE_URL", Settings.database_url),
        database_password=given.get("DATABASE_PASSWORD"),
        database_secret_arn=given.get("DATABASE_SECRET_ARN"),
        log_level=given.get("LOG_LEVEL", Settings.log_level).lower(),
        metrics_namespace=given.get("METRICS_NAMESPACE"),
        otel_exporter_otlp_endpoint=given.get("OTEL_EXPORTER_OTLP_ENDPOINT"),
    )
    problems = [
        *_url_problems(settings.database_url),
        *_level_problems(settings.log_level),
        *_namespace_problems(settings.metrics_namespace),
    ]
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _url_problems(url: str) -> list[str]:
    """What is wrong with the URL. It is never shown, because it may hold a password."""
    scheme, has_scheme, rest = url.partition("://")
    if not has_scheme or scheme not in ACCEPTED_URLS:
        accepted = "".join(f"\n  {form}" for form in ACCEPTED_URLS.values())
        shown = f"{scheme}://…" if has_scheme else "a value without a scheme"
        return [f"DATABASE_URL is {shown}; accepted are:{accepted}"]
    problem = PROBLEMS[scheme](rest)
    accepted = ACCEPTED_URLS[scheme]
    return [f"DATABASE_URL, a {scheme} URL, {problem}; accepted is: {accepted}"] if problem else []


def _memory_problem(rest: str) -> str:
    return "names something" if rest else ""


def _sqlite_problem(rest: str) -> str:
    if not rest.startswith("/"):
        return "has two slashes, where three come before a path"
    if rest == "/":
        return "has no path"
    return "keeps nothing: each thread would have a database of its own" if rest == "/:memory:" else ""


def _postgresql_problem(rest: str) -> str:
    """As libpq, which will read the URL, understands it."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        given = conninfo_to_dict(f"postgresql://{rest}")
    except psycopg.ProgrammingError:
        return "is malformed"
    if "password" in given:
        return "holds a password, which belongs in DATABASE_PASSWORD or DATABASE_SECRET_ARN"
    return "" if "host" in given else "has no host"


def _dynamodb_problem(rest: str) -> str:
    return "" if TABLE.fullmatch(rest) else "has no name of a table"


PROBLEMS = {
    "memory": _memory_problem,
    "sqlite": _sqlite_problem,
    "postgresql": _postgresql_problem,
    "dynamodb": _dynamodb_problem,
}


def _level_problems(level: str) -> list[str]:
    return [] if level in LOG_LEVELS else [f"LOG_LEVEL is {level!r}; accepted are: {', '.join(LOG_LEVELS)}"]


def _namespace_problems(namespace: str | None) -> list[str]:
    if namespace is None or NAMESPACE.fullmatch(namespace):
        return []
    return [f"METRICS_NAMESPACE is {namespace!r}; accepted are names of CloudWatch's, except AWS/…"]
