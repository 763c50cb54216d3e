"""Assumptions: what neither the templates nor the load profile tell, each with its bounds and its source.

Their numbers are in assumptions.toml. They are the sliders of the page; `low` to `high` is the band within
which the answer is held to be sure.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from cais.compare.expression import Variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cais.compare.load import LoadProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A number that somebody has to assume, with the least and most it can be set to.

    `low` and `high` are where it plausibly lies; equal ones mean that it is a choice, not an uncertainty.
    """

    id: str
    label: str
    unit: str
    default: Decimal
    minimum: Decimal
    maximum: Decimal
    low: Decimal
    high: Decimal
    source: str


HOURS = Variable("hours_per_month")
UTILISATION = Variable("target_utilisation")
SERVICES = Variable("services")
SPOT = Variable("fargate_spot_share")
EXTENDED = Variable("eks_extended_share")
SAVINGS_FARGATE = Variable("savings_fargate")
SAVINGS_LAMBDA = Variable("savings_lambda")
SAVINGS_EC2 = Variable("savings_ec2")
COLD_SHARE = Variable("cold_start_share")
COLD_SECONDS = Variable("cold_start_seconds")
CONNECTION_REQUESTS = Variable("requests_per_connection")
CONNECTION_SECONDS = Variable("connection_seconds")
CROSS_ZONE = Variable("cross_zone_share")
IMAGE_GB = Variable("image_gb")
IMAGES_KEPT = Variable("images_kept")
PAUSE_SECONDS = Variable("database_pause_seconds")
DATABASE_RATE = Variable("requests_per_acu")
DATABASE_IO = Variable("database_ios_per_request")
SYSTEM_CPU = Variable("node_reserved_vcpu")
SYSTEM_MEMORY = Variable("node_reserved_gib")
DAEMON_CPU = Variable("daemonset_vcpu")
DAEMON_MEMORY = Variable("daemonset_gib")
DAEMONS = Variable("daemonset_pods")
PLATFORM_LOG_BYTES = Variable("lambda_log_bytes")
LOG_COMPRESSION = Variable("log_compression")


def assumptions(load: LoadProfile) -> tuple[Assumption, ...]:
    """Every one, the load's first; what its profile tells is certain."""
    text = files("cais.compare").joinpath("assumptions.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text, parse_float=Decimal)
    of_load = (_of_load(name, entry, load) for name, entry in document["load"].items())
    return (*of_load, *(_assumed(name, entry) for name, entry in document["assumed"].items()))


def _assumed(name: str, entry: Mapping[str, Any]) -> Assumption:
    default = Decimal(entry["default"])
    band = (Decimal(end) for end in entry.get("band", (default, default)))
    return _assumption(name, entry, default=default, band=band, source=entry["source"])


def _of_load(name: str, entry: Mapping[str, Any], load: LoadProfile) -> Assumption:
    value = load.values()[name]
    known = name in load.known()
    doubt = Decimal(1 if known else entry.get("doubt", 1))
    source = load.source if known else "the built-in profile"
    return _assumption(name, entry, default=value, band=(value / doubt, value * doubt), source=source)


def _assumption(
    name: str, entry: Mapping[str, Any], *, default: Decimal, band: Iterable[Decimal], source: str
) -> Assumption:
    least, most = (Decimal(end) for end in entry["bounds"])
    low, high = band
    return Assumption(
        id=name,
        label=entry["label"],
        unit=entry["unit"],
        default=default,
        minimum=least,
        maximum=most,
        low=low,
        high=high,
        source=source,
    )
