"""Which product of the AWS Price List API is which price."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PREFIX = r"^(?:[A-Z]{2,4}\d?-|[a-z]{2}-[a-z]+-\d-)?"
"""Of a usage type: the short name of its region, such as "EU-", "SAE1-" or, for KMS, "sa-east-1-"."""
INSTANCE = {"operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """How a price is found. `usage` is the usage type without its region.

    `free` is a quantity that is free in every month; `added_to` is the price which this one comes on top of.
    """

    id: str
    service: str
    usage: str
    unit: str
    filters: Mapping[str, str] = field(default_factory=dict)
    region_field: str = "regionCode"
    free: int = 0
    added_to: str = ""

    def matches(self, usage_type: str) -> bool:
        """Whether this is the usage type, in whichever region."""
        return re.match(f"{PREFIX}{re.escape(self.usage)}$", usage_type) is not None


def queries(instance_types: Iterable[str]) -> tuple[Query, ...]:
    """One for each price: the fixed ones, and two for each type of instance."""
    text = files("cais.compare.prices").joinpath("queries.toml").read_text(encoding="utf-8")
    fixed = (Query(id=name, **entry) for name, entry in tomllib.loads(text).items())
    return (*fixed, *(query for kind in instance_types for query in _of_instance(kind)))


def _of_instance(kind: str) -> tuple[Query, Query]:
    nodes = Query(
        id=f"ec2-{kind}-hour",
        service="AmazonEC2",
        usage=f"BoxUsage:{kind}",
        unit="instance-hour",
        filters={"instanceType": kind, **INSTANCE},
    )
    auto_mode = Query(
        id=f"eks-auto-{kind}-hour", service="AmazonEKS", usage=f"EKS-Auto:{kind}", unit="instance-hour"
    )
    return nodes, auto_mode
