"""The site: everything that a deployment makes, in AWS's terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from cais.site.model.balancing import Balancing
from cais.site.model.data import Data
from cais.site.model.ecs import Ecs
from cais.site.model.eks import Eks
from cais.site.model.identity import Identity
from cais.site.model.network import Network
from cais.site.model.order import Order
from cais.site.model.registry import Registry
from cais.site.model.scaling import Scaling
from cais.site.model.serverless import Serverless

if TYPE_CHECKING:
    from cais.findings import Subject
    from cais.site.model.delivery import Workflow


class Site(Struct, frozen=True, kw_only=True):
    """One world of a deployment, and the workflows that deliver it.

    `gaps` says what could not be read at all, such as a macro: where there are gaps, that something is
    missing proves nothing. What SAM makes is a gap of `serverless`. `assumptions` and `all_worlds` are the
    assembly's.
    """

    network: Network = field(default_factory=Network)
    identity: Identity = field(default_factory=Identity)
    registry: Registry = field(default_factory=Registry)
    balancing: Balancing = field(default_factory=Balancing)
    ecs: Ecs = field(default_factory=Ecs)
    eks: Eks = field(default_factory=Eks)
    serverless: Serverless = field(default_factory=Serverless)
    data: Data = field(default_factory=Data)
    scaling: Scaling = field(default_factory=Scaling)
    order: Order = field(default_factory=Order)
    workflows: tuple[Workflow, ...] = ()
    gaps: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    all_worlds: bool = True

    def depends(self, subject: Subject, other: Subject) -> bool:
        """Whether `subject` is created only after `other`, directly or through others."""
        return self.order.follows(subject, other)
