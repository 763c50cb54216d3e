"""Quantities that several topics share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.assumptions import HOURS, UTILISATION
from cais.compare.expression import LOAD, Variable, ceiling, maximum
from cais.compare.load import CPU, REQUESTS

if TYPE_CHECKING:
    from cais.compare.expression import Expression, Operand

SECONDS_OF_HOUR = 3600
BYTES_OF_GB = 1_000_000_000
KB_OF_GB = 1_000_000
MIB_OF_GIB = 1024
CURRENT_LOAD = Variable(LOAD)


def monthly_requests() -> Expression:
    """The requests of a month."""
    return REQUESTS * HOURS * SECONDS_OF_HOUR


def copies(*, vcpu: Operand, least: Operand, share: Operand = 1) -> Expression:
    """How many copies of `vcpu` each run at the current load, of which this service gets a `share`.

    Target tracking keeps the mean CPU use at its target, so as many run as use that much of their vCPU. The
    template's maximum is no limit here: a service that sheds its load is not cheaper.
    https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
    """
    return maximum(least, ceiling(CURRENT_LOAD * share * CPU / (UTILISATION * vcpu)))
