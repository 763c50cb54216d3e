"""The subnets that a load balancer controller takes for an Ingress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from cais.rules.eks.ways import PREFIX, cluster_of, controller_of
from cais.site.internet import is_public
from cais.site.model.values import Unknown, describe, found, is_leaf

if TYPE_CHECKING:
    from cais.site.model.eks import EksCluster
    from cais.site.model.kubernetes import Ingress
    from cais.site.model.network import Subnet
    from cais.site.model.site import Site

ROLES = {"internet-facing": "kubernetes.io/role/elb", "internal": "kubernetes.io/role/internal-elb"}
"""The tag of a subnet for load balancers of each scheme."""
OTHERS = "kubernetes.io/cluster/"
OLD_CHARTS = ("0.", *(f"1.{minor}." for minor in range(12)))
"""Charts of the controller before 2.12, which looks at tags alone."""


class Choice(Struct, frozen=True, kw_only=True):
    """The subnets that are `usable`, and why; `doubtful` is whether others may be, too."""

    usable: tuple[Subnet, ...]
    steps: tuple[str, ...]
    doubtful: bool


def scheme_of(ingress: Ingress) -> str:
    """The scheme of the load balancer, in words where it is open."""
    return describe(ingress.annotations.get(f"{PREFIX}scheme", "internal"))


def choice(ingress: Ingress, site: Site) -> Choice | None:
    """What the controller chooses by itself; None where nobody knows the scheme or the cluster's VPC."""
    cluster, scheme = cluster_of(ingress.identity, site), scheme_of(ingress)
    here = found(site.network.subnets, cluster.subnets[0]) if cluster and cluster.subnets else None
    if cluster is None or here is None or scheme not in ROLES:
        return None
    subnets = [each for each in site.network.subnets.values() if each.vpc == here.vpc]
    return _chosen(subnets, scheme, cluster, site)


def _chosen(subnets: list[Subnet], scheme: str, cluster: EksCluster, site: Site) -> Choice:
    role = ROLES[scheme]
    tagged = [each for each in subnets if each.tags.get(role) in {"1", ""}]
    doubtful = [each for each in subnets if each.open_tags or is_leaf(each.tags.get(role))]
    doubtful += [each for each in site.network.subnets.values() if isinstance(each.vpc, Unknown)]
    foreign = [each for each in tagged if _is_of_another(each, cluster)]
    usable = [each for each in tagged if each not in foreign]
    steps = [f"{each.subject.logical_id} is tagged {role}" for each in usable]
    steps += [f"{each.subject.logical_id} is tagged for another cluster" for each in foreign]
    if not tagged and not doubtful and _looks_at_routes(cluster, site):
        usable = [each for each in subnets if is_public(site, each) is (scheme == "internet-facing")]
        steps = [
            f"{each.subject.logical_id} fits by its routes; no subnet is tagged {role}" for each in usable
        ]
    said = steps or [f"No subnet is tagged {role}"]
    return Choice(usable=tuple(usable), steps=tuple(said), doubtful=bool(doubtful))


def _is_of_another(subnet: Subnet, cluster: EksCluster) -> bool:
    """Whether tags give the subnet to other clusters, and not to this one."""
    owners = {name.removeprefix(OTHERS) for name in subnet.tags if name.startswith(OTHERS)}
    return bool(owners) and cluster.name not in owners and not is_leaf(cluster.name or "")


def _looks_at_routes(cluster: EksCluster, site: Site) -> bool:
    controller = controller_of(site, cluster.key)
    if controller is None:
        return cluster.balances_load is not True
    return not describe(controller.version or "").startswith(OLD_CHARTS)
