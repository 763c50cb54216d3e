"""What AWS's pages say of the engines of RDS, and what the address of a database says."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from msgspec import Struct

from cais.site.model.data import DatabaseProxy
from cais.site.model.values import Attribute, Text, Unknown

if TYPE_CHECKING:
    from cais.site.model.data import Database
    from cais.site.model.site import Site
    from cais.site.model.values import Key, MaybeNumber, MaybeText

FAMILIES = {
    "aurora": "mysql",
    "aurora-mysql": "mysql",
    "aurora-postgresql": "postgresql",
    "mariadb": "mysql",
    "mysql": "mysql",
    "postgres": "postgresql",
}
"""What clients speak to an engine."""
SCHEMES = {
    "mariadb": "mysql",
    "mysql": "mysql",
    "mysql2": "mysql",
    "postgres": "postgresql",
    "postgresql": "postgresql",
}
PROXY_PORTS = {"MYSQL": 3306, "POSTGRESQL": 5432, "SQLSERVER": 1433}
"""https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-setup.html"""
TLS_BY_DEFAULT = 15
"""From this version on, RDS for PostgreSQL wants TLS.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
"""
URL = re.compile(r"(?P<scheme>[a-z0-9]+)(?:\+\w+)?://(?:[^@/]*@)?")
REST = re.compile(r"(?::(?P<port>[^/?]+))?(?:/[^?]*)?(?:\?(?P<query>.*))?", re.DOTALL)
OPEN = "_"
"""Stands for a part of an address that is not known."""
NUMBER = re.compile(r"[0-9]{1,5}")
ON = {"1", "on", "true"}


class Address(Struct, frozen=True, kw_only=True):
    """The address of a database in a variable: what is certain of it, else None."""

    scheme: str
    port: int | None
    query: str


def protocol(target: Database | DatabaseProxy) -> str | None:
    """What clients speak to it, "postgresql" or "mysql"; None where it is neither, or open."""
    if isinstance(target, DatabaseProxy):
        return {"MYSQL": "mysql", "POSTGRESQL": "postgresql"}.get(str(target.engine_family))
    return FAMILIES.get(str(target.engine))


def port_of(target: Database | DatabaseProxy) -> MaybeNumber:
    """The port of a database or a proxy."""
    if isinstance(target, DatabaseProxy):
        return PROXY_PORTS.get(str(target.engine_family), Unknown("the port of the proxy"))
    return Unknown(f"the port of {target.subject.logical_id}") if target.port is None else target.port


def numbers(version: MaybeText | None) -> tuple[int, ...]:
    """The numbers that a version begins with; none where it is open, or no version."""
    parts = version.split(".") if isinstance(version, str) else []
    leading = takewhile(NUMBER.fullmatch, parts)
    return tuple(int(part) for part in leading)


def wants_tls(target: Database | DatabaseProxy, site: Site) -> tuple[bool | None, str]:
    """Whether a database refuses connections without TLS, and why; None where nobody knows."""
    name = target.subject.logical_id
    if isinstance(target, DatabaseProxy):
        known = target.requires_tls if isinstance(target.requires_tls, bool) else None
        return known, f"RequireTLS of {name}"
    cluster = site.data.databases.get(target.cluster) if target.cluster is not None else None
    for parameter in ("rds.force_ssl", "require_secure_transport"):
        for held in (target, cluster):
            if held and parameter in held.parameters:
                value = held.parameters[parameter]
                known = str(value).lower() in ON if isinstance(value, str) else None
                return known, f"{parameter} of {held.subject.logical_id}'s parameter group"
    version = numbers(target.version)
    if target.engine == "postgres" and version and not _has_foreign_group(target):
        return version[0] >= TLS_BY_DEFAULT, f"rds.force_ssl, by default in version {version[0]}"
    return None, f"whether {name} wants TLS"


def _has_foreign_group(target: Database) -> bool:
    """Whether a parameter group is named that nobody sees; AWS's own begin with "default."."""
    group = target.parameter_group
    return group is not None and target.family is None and not str(group).startswith("default.")


def address(value: MaybeText, target: Key) -> Address | None:
    """The address of `target` in a variable; None where it is no URL."""
    parts = value.parts if isinstance(value, Text) else ()
    for number, part in enumerate(parts[1:], start=1):
        if isinstance(part, Attribute) and Attribute(part.template, part.logical_id, "Ref") == target:
            before = "".join(each if isinstance(each, str) else OPEN for each in parts[:number])
            after = "".join(each if isinstance(each, str) else OPEN for each in parts[number + 1 :])
            url, rest = URL.fullmatch(before), REST.fullmatch(after)
            if url:
                port, query = (rest["port"] or "", rest["query"] or "") if rest else ("", "")
                return Address(
                    scheme=url["scheme"], port=int(port) if NUMBER.fullmatch(port) else None, query=query
                )
    return None
