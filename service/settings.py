"""The service's settings, from its environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCEPTED_URLS = {
    "memory": "memory:// (tests only: nothing outlives the process)",
    "sqlite": "sqlite:///PATH (an absolute path has four slashes)",
    "postgresql": "postgresql://USER@HOST/NAME",
    "dynamodb": "dynamodb://TABLE",
}
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

    @property
    def store(self) -> str:
        """The scheme of the database URL."""
        return urlsplit(self.database_url).scheme


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
    )
    problems = [*_url_problems(settings.database_url), *_level_problems(settings.log_level)]
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _url_problems(url: str) -> list[str]:
    scheme, has_scheme, _ = url.partition("://")
    if has_scheme and scheme in ACCEPTED_URLS:
        if urlsplit(url).password:
            return ["DATABASE_URL holds a password; give it as DATABASE_PASSWORD or DATABASE_SECRET_ARN"]
        return []
    accepted = "".join(f"\n  {form}" for form in ACCEPTED_URLS.values())
    shown = f"{scheme}://…" if has_scheme else "a value without a scheme"  # it may hold a password
    return [f"DATABASE_URL is {shown}; accepted are:{accepted}"]


def _level_problems(level: str) -> list[str]:
    return [] if level in LOG_LEVELS else [f"LOG_LEVEL is {level!r}; accepted are: {', '.join(LOG_LEVELS)}"]
