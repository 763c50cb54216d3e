"""Which endpoint of a VPC stands for a service of AWS, and whether names are resolved at all.

https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cais.site.model.values import Attribute, describe, found, is_leaf
from cais.site.proof import Proof

if TYPE_CHECKING:
    from cais.findings import Subject
    from cais.site.model.network import Endpoint, Subnet
    from cais.site.model.site import Site
    from cais.site.model.values import MaybeText


class Service(Struct, frozen=True, kw_only=True):
    """A service of AWS by the short name of its endpoint, such as "ecr.api", and what is asked of it.

    `action` and `resource` are what a policy of the endpoint has to allow; no action: no policy is asked.
    """

    name: str
    action: str = ""
    resource: MaybeText = "*"


class Choice(Struct, frozen=True, kw_only=True):
    """The endpoint that is used, or None and why those that there are are not.

    `missing` is what could turn the choice; `culprit` is the endpoint that is there and not used.
    """

    endpoint: Endpoint | None = None
    steps: tuple[str, ...] = ()
    missing: str = ""
    culprit: Subject | None = None


def endpoint_for(site: Site, subnet: Subnet, service: str) -> Choice:
    """Which endpoint takes what is sent from a subnet to a service."""
    here = site.network.endpoints_of_vpc.get(subnet.vpc, ())
    steps: list[str] = []
    culprit = None
    for endpoint in (each for each in here if each.service == service):
        name = endpoint.subject.logical_id
        if endpoint.kind == "gateway":
            if subnet.route_table in endpoint.route_tables:
                return Choice(endpoint=endpoint)
            steps.append(f"{name} is not in the route table of {subnet.subject.logical_id}")
        elif endpoint.private_dns is True:
            return Choice(endpoint=endpoint)
        elif is_leaf(endpoint.private_dns):
            return Choice(endpoint=endpoint, missing=describe(endpoint.private_dns))
        else:
            steps.append(f"{name} has no private DNS name, so nothing is sent to it")
        culprit = endpoint.subject
    if not steps:
        steps.append(f"The VPC of {subnet.subject.logical_id} has no endpoint for {service}")
    return Choice(steps=tuple(steps), missing=_unseen(site, subnet), culprit=culprit)


def _unseen(site: Site, subnet: Subnet) -> str:
    """Where an endpoint could be that nobody sees; empty where there is none."""
    if subnet.vpc not in site.network.vpcs:
        return f"the endpoints of the VPC {describe(subnet.vpc)}"
    for endpoint in site.network.endpoints.values():
        if is_leaf(endpoint.service):
            return f"what {endpoint.subject.logical_id} is an endpoint of: {describe(endpoint.service)}"
        if is_leaf(endpoint.vpc) and not isinstance(endpoint.vpc, Attribute):
            return f"the VPC of {endpoint.subject.logical_id}"
    return site.gaps[0] if site.gaps else ""


def lets_name(site: Site, subnet: Subnet, *, private: bool = False) -> Proof:
    """Whether the VPC resolves names, also the `private` ones of endpoints.

    https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
    """
    vpc = found(site.network.vpcs, subnet.vpc)
    if vpc is None:
        return Proof(verdict="proven")
    flags = {"DNS support": vpc.dns_support} | ({"DNS host names": vpc.dns_hostnames} if private else {})
    for what, flag in flags.items():
        if flag is False:
            said = f"{vpc.subject.logical_id} has no {what}, so names are not resolved"
            return Proof(verdict="refuted", steps=(said,), culprit=vpc.subject)
        if flag is not True:
            return Proof(verdict="unproven", missing=describe(flag))
    return Proof(verdict="proven")
