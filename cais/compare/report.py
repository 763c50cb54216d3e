"""What a comparison found: one value, the same in text, JSON, HTML and in the decision record."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from cais.compare.assumptions import Assumption
    from cais.compare.bill import Bill, CostLine, Unpriced
    from cais.compare.curves import Crossover
    from cais.compare.expression import Period
    from cais.compare.load import LoadProfile
    from cais.compare.prices import PriceList
    from cais.findings import Subject

Basis = Literal["measured", "computed", "unknown"]
Role = Literal["entrance", "compute", "host", "store", "egress", "secrets", "logs"]
MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A time in seconds, and whether verify measured it or it was computed from settings, and how."""

    id: str
    label: str
    seconds: Decimal | None
    basis: Basis
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Percentiles that verify measured, in milliseconds. `kind` is "cold" or "warm"."""

    kind: str
    p50: Decimal
    p99: Decimal
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """A copy that came into a state, such as "healthy", `at` seconds after verify's run began."""

    at: Decimal
    copy: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What a run of verify on one target showed over time.

    `requests` and `failed` are those under the rolling deployment; None where there was none.
    """

    engine: str
    verdict: str
    states: tuple[StateChange, ...]
    requests: int | None
    failed: int | None
    not_verified: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box of the picture. `count` copies of it run at least; `in_network` is whether it is in the VPC."""

    id: str
    role: Role
    label: str
    details: tuple[str, ...] = ()
    count: int = 1
    resources: tuple[Subject, ...]
    in_network: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Who calls, or uses, whom: boxes by their ids, or "client"."""

    source: str
    target: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """The picture of a target. `zones` is the number that its compute runs in, 0 where nobody knows."""

    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    zones: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What happens to a target in one case, such as the loss of a zone."""

    id: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Work that is owed. `per_year` None is not counted in times; `who` is "you" or "AWS"."""

    what: str
    per_year: int | None
    who: Literal["you", "AWS"]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Something of one's own to keep up to date, such as a chart, with the version that is pinned."""

    kind: str
    name: str
    version: str
    resource: Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a target is made of. `resources` are counts by type, `shared` those of what it shares.

    `wide_statements` are statements that allow every action of a service, or an action on every resource.
    `causes` are those of the catalogue that can keep this target from coming up, `rules` those that look.
    """

    resources: Mapping[str, int]
    shared: Mapping[str, int]
    roles: int
    statements: int
    wide_statements: int
    upkeep: tuple[Part, ...]
    rules: tuple[str, ...]
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target. `variant_of` names the target from whose templates it is computed, if it is no own one."""

    name: str
    title: str
    variant_of: str
    templates: tuple[str, ...]
    architecture: Architecture
    bill: Bill
    parts: Parts
    time: tuple[Figure, ...]
    latency: tuple[Latency, ...]
    measurement: Measurement | None
    behaviour: tuple[Answer, ...]
    operations: tuple[Duty, ...]

    @property
    def lines(self) -> Sequence[CostLine]:
        """The lines of its bill."""
        return self.bill.lines

    @property
    def unpriced(self) -> Sequence[Unpriced]:
        """What could not be priced."""
        return self.bill.unpriced


@dataclass(frozen=True, slots=True, kw_only=True)
class PayOff:
    """From how many services on one cluster a target is cheaper than another; None for never."""

    target: str
    than: str
    services: int | None
    looked_to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything. `values` are those of the assumptions, `monthly` what each target costs with them.

    `bands` are what each may cost at least and at most, given what is uncertain of them. `curves` are costs
    at every rate of `grid`, by target.
    """

    load: LoadProfile
    day: tuple[Period, ...]
    prices: PriceList
    today: date
    assumptions: tuple[Assumption, ...]
    values: Mapping[str, Decimal]
    targets: tuple[Target, ...]
    monthly: Mapping[str, Decimal]
    bands: Mapping[str, tuple[Decimal, Decimal]]
    grid: tuple[Decimal, ...]
    curves: Mapping[str, tuple[Decimal, ...]]
    cheapest: tuple[str, ...]
    crossovers: tuple[Crossover, ...]
    pay_offs: tuple[PayOff, ...]
    verdict: tuple[str, ...]
    not_modelled: tuple[str, ...]
    gaps: tuple[str, ...]
    warnings: tuple[str, ...]
    measured: str

    @property
    def requests_per_month(self) -> Decimal:
        """At the load of the profile."""
        return self.load.requests_per_second * self.values["hours_per_month"] * 3600

    def per_million(self, target: str) -> Decimal | None:
        """What a million requests cost on a target; None without requests."""
        requests = self.requests_per_month
        return self.monthly[target] / requests * MILLION if requests else None
