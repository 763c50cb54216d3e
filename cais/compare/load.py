"""The load profile: how much is asked of the service, when, and how heavy a request is."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from cais.compare.expression import RATE, Period, Variable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

HOURS_OF_DAY = 24
DAYS_OF_WEEK = 7
OFFICE_HOURS = Decimal(10)
OFFICE_DAYS = Decimal(5)
SPIKE_HOURS = Decimal(1)

DURATION = Variable("request_seconds")
CPU = Variable("cpu_seconds_per_request")
REQUEST_KB = Variable("request_kb")
RESPONSE_KB = Variable("response_kb")
WRITES = Variable("write_share")
STORED = Variable("stored_comments")
STORED_KB = Variable("stored_comment_kb")
LOG_BYTES = Variable("log_bytes_per_request")
REQUESTS = Variable(RATE)
FIELDS = {
    "duration_ms": (DURATION, Decimal("0.001")),
    "cpu_ms": (CPU, Decimal("0.001")),
    "request_kb": (REQUEST_KB, Decimal(1)),
    "response_kb": (RESPONSE_KB, Decimal(1)),
    "write_share": (WRITES, Decimal(1)),
    "stored_comments": (STORED, Decimal(1)),
    "stored_comment_kb": (STORED_KB, Decimal(1)),
    "log_bytes": (LOG_BYTES, Decimal(1)),
}
"""The keys of [request] in a load profile: the variable of each, and its unit in the variable's."""


class LoadError(ValueError):
    """A load profile that cannot be used. The text lists every problem, one a line."""


class UnreachableError(LoadError):
    """A load that could not be asked for: AWS does not answer, or boto3 is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProfile:
    """A month's load. `requests_per_second` is the mean; `day` says how it is spread, and means 1.

    `duration_ms` is what a request takes, waiting included, `cpu_ms` the vCPU time within. Payloads in kB
    (1,000 bytes), with their headers. `log_bytes` are those that a request logs. `shape` names the day.
    `given` are the keys that somebody knew; the others are guesses.
    """

    requests_per_second: Decimal = Decimal(5)
    shape: str = "constant"
    day: tuple[Period, ...] = (Period(Decimal(1), Decimal(1)),)
    duration_ms: Decimal = Decimal(25)
    cpu_ms: Decimal = Decimal(6)
    request_kb: Decimal = Decimal("0.8")
    response_kb: Decimal = Decimal(4)
    write_share: Decimal = Decimal("0.1")
    stored_comments: Decimal = Decimal(1_000_000)
    stored_comment_kb: Decimal = Decimal("0.5")
    log_bytes: Decimal = Decimal(300)
    source: str = "the built-in profile"
    given: frozenset[str] = frozenset()

    def values(self) -> dict[str, Decimal]:
        """The variables that a load gives values to."""
        given = {variable.name: getattr(self, key) * unit for key, (variable, unit) in FIELDS.items()}
        return {RATE: self.requests_per_second, **given}

    def known(self) -> frozenset[str]:
        """The variables that somebody gave, and did not leave to us."""
        return frozenset({RATE} | {FIELDS[key][0].name for key in self.given})


BUILT_IN = LoadProfile()
"""A comments service that nobody measured: what stands for what a profile does not tell."""


def shaped(
    shape: str, *, quiet_factor: Decimal = Decimal("0.1"), spike_factor: Decimal = Decimal(10)
) -> tuple[Period, ...]:
    """The day of a named shape.

    "constant"; "office-hours": ten hours on five days, else `quiet_factor` of their rate; "spikes": an hour
    a day with `spike_factor` times the rate of the others.

    Raises:
        LoadError: there is no such shape.
    """
    if shape == "constant":
        return (Period(Decimal(1), Decimal(1)),)
    if shape == "office-hours":
        share = OFFICE_HOURS * OFFICE_DAYS / (HOURS_OF_DAY * DAYS_OF_WEEK)
        return normalised([(share, Decimal(1)), (1 - share, quiet_factor)])
    if shape == "spikes":
        share = SPIKE_HOURS / HOURS_OF_DAY
        return normalised([(share, spike_factor), (1 - share, Decimal(1))])
    raise LoadError(f"[day] shape must be constant, office-hours or spikes; it is {shape!r}")


def normalised(parts: Sequence[tuple[Decimal, Decimal]]) -> tuple[Period, ...]:
    """Periods of these shares and relative rates, whose mean is 1; equal rates become one period."""
    shares: dict[Decimal, Decimal] = {}
    for share, rate in parts:
        shares[rate] = shares.get(rate, Decimal(0)) + share
    mean = sum((share * rate for rate, share in shares.items()), Decimal(0))
    return tuple(Period(share, rate / mean) for rate, share in shares.items())


def load_profile(path: Path) -> LoadProfile:
    """The profile at `path`.

    Raises:
        LoadError: the file is missing, is no TOML, or misuses a key; all problems at once.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise LoadError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LoadError(f"{path}: is not TOML: {error}") from error
    return replace(read_profile(document, name=str(path)), source=path.name)


def read_profile(document: Mapping[str, Any], *, name: str = "the load") -> LoadProfile:
    """The profile of a TOML document.

    Raises:
        LoadError: it misuses a key; all problems at once.
    """
    reader = _Reader(document)
    rate = reader.number("", "requests_per_second", BUILT_IN.requests_per_second)
    request: dict[str, Any] = {key: reader.number("request", key, getattr(BUILT_IN, key)) for key in FIELDS}
    shape, day = reader.day()
    reader.reject_others()
    if reader.problems:
        raise LoadError("\n".join(f"{name}: {problem}" for problem in reader.problems))
    given = frozenset(FIELDS) & set(document.get("request", {}))
    return replace(BUILT_IN, **request, requests_per_second=rate, shape=shape, day=day, given=given)


class _Reader:
    """Takes typed values out of a document and collects every problem on the way."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.problems: list[str] = []

    def number(self, table: str, key: str, default: Decimal) -> Decimal:
        value = (self._table(table) if table else self.document).get(key, default)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            number = Decimal(value)
            if number.is_finite() and number >= 0:
                return number
        self.problems.append(f"{f'{table}.' if table else ''}{key} must be a number from 0; it is {value!r}")
        return default

    def day(self) -> tuple[str, tuple[Period, ...]]:
        table = self._table("day")
        try:
            if "hours" in table:
                return "hours", self._hours(table["hours"])
            quiet = self.number("day", "quiet_factor", Decimal("0.1"))
            spike = self.number("day", "spike_factor", Decimal(10))
            shape = table.get("shape", "constant")
            return shape, shaped(shape, quiet_factor=quiet, spike_factor=spike)
        except LoadError as error:
            self.problems.append(str(error))
            return "constant", shaped("constant")

    def reject_others(self) -> None:
        """A key that nobody reads is a typing error."""
        known = {"": {"requests_per_second", "day", "request"}, "request": set(FIELDS)}
        known["day"] = {"shape", "hours", "quiet_factor", "spike_factor"}
        for table, keys in known.items():
            there = self._table(table) if table else self.document
            self.problems += [
                f"{table or 'the profile'} has no key {key!r}" for key in there if key not in keys
            ]

    def _hours(self, values: Any) -> tuple[Period, ...]:
        try:
            rates = [Decimal(value) for value in values]
        except (TypeError, InvalidOperation, ValueError):
            rates = []
        if len(rates) != HOURS_OF_DAY or min(rates) < 0 or not sum(rates):
            raise LoadError("day.hours must be 24 numbers from 0, not all 0")
        return normalised([(Decimal(1) / HOURS_OF_DAY, rate) for rate in rates])

    def _table(self, name: str) -> Mapping[str, Any]:
        value = self.document.get(name, {})
        if isinstance(value, dict):
            return value
        self.problems.append(f"{name} must be a table; it is {value!r}")
        return {}
