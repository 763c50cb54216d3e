"""EKS: the control plane, the nodes that the pods need, and what Auto Mode adds to them.

https://aws.amazon.com/eks/pricing/
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources as files
from typing import TYPE_CHECKING

from cais.compare.assumptions import (
    DAEMON_CPU,
    DAEMON_MEMORY,
    DAEMONS,
    EXTENDED,
    HOURS,
    SAVINGS_EC2,
    SERVICES,
    SYSTEM_CPU,
    SYSTEM_MEMORY,
)
from cais.compare.cost.charts import Chart, charts
from cais.compare.cost.quantities import copies
from cais.compare.expression import expression, maximum, over_day, packed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cais.compare.bill import Bill
    from cais.compare.expression import Expression, Operand
    from cais.compare.scope import Scope
    from cais.findings import Subject
    from cais.site.model.eks import AddOn, EksCluster, NodeGroup

ADD_ON_PODS = {
    "coredns": (Decimal("0.1"), Decimal(70) / 1024, 2),
    "metrics-server": (Decimal("0.1"), Decimal(200) / 1024, 2),
}
"""vCPU and GiB that each pod of an add-on asks for, and how many there are, as EKS ships them."""
AUTO_MODE_TYPE = "c6a.large"
"""Of the families c, m and r that Auto Mode takes, the cheapest size in our prices."""
LEAST_AUTO_NODES = 2
NODE_STORAGE_GIB = 20
AUTO_STORAGE_GIB = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A size of instance: vCPU, GiB, and the pods that its network interfaces have addresses for."""

    kind: str
    vcpu: Decimal
    memory: Decimal
    pods: int


def control_plane_hours(*, hours: Operand, extended_share: Operand) -> tuple[Expression, Expression]:
    """Hours of a control plane in standard and in extended support."""
    extended = expression(hours) * extended_share
    return hours - extended, extended


def node_sizes() -> dict[str, Node]:
    """The sizes that come with cais, by their names."""
    document = json.loads(
        files.files("cais.compare.prices").joinpath("instances.json").read_text(encoding="utf-8")
    )
    return {
        kind: Node(
            kind=kind, vcpu=Decimal(size["vcpu"]), memory=Decimal(size["memoryGib"]), pods=size["maxPods"]
        )
        for kind, size in document["instances"].items()
    }


def charge_kubernetes(scope: Scope, bill: Bill) -> None:
    """The clusters of EKS."""
    clusters = scope.within(scope.site.eks.clusters) if scope.kind == "eks" else {}
    for cluster in clusters.values():
        standard, extended = control_plane_hours(hours=HOURS, extended_share=EXTENDED)
        for label, hours, price in (
            ("EKS control plane", standard, "eks-cluster-hour"),
            ("EKS control plane, extended support", extended, "eks-cluster-extended-hour"),
        ):
            bill.charge(
                topic="compute",
                label=label,
                quantity=hours,
                price=price,
                resources=(cluster.subject,),
                basis="one cluster, all month",
                shared=True,
            )
        if is_auto(cluster, scope):
            _charge_auto_mode(cluster, scope, bill)
        else:
            _charge_node_groups(cluster, scope, bill)


def is_auto(cluster: EksCluster, scope: Scope) -> bool:
    """Whether the cluster's nodes are Auto Mode's, by its template or by the variant that is asked for."""
    return scope.variant == "auto-mode" or (cluster.auto_mode is True and scope.variant != "managed-nodes")


def runs_auto_mode(scope: Scope) -> bool:
    """Whether a cluster of the scope does."""
    return any(is_auto(cluster, scope) for cluster in scope.within(scope.site.eks.clusters).values())


def _charge_node_groups(cluster: EksCluster, scope: Scope, bill: Bill) -> None:
    groups = [
        group for group in scope.within(scope.site.eks.node_groups).values() if group.cluster == cluster.key
    ]
    sizes = node_sizes()
    for group in groups:
        kind = next(iter(group.instance_types), "t3.medium")
        node = sizes.get(str(kind))
        if node is None:
            bill.leave_open(
                f"nodes of {group.subject.logical_id}", f"the size of {kind} is not known", (group.subject,)
            )
            continue
        least = group.minimum if isinstance(group.minimum, int) else 1
        add_ons = [
            item for item in scope.within(scope.site.eks.add_ons).values() if item.cluster == cluster.key
        ]
        pods = [*_pods(charts(scope)), *_add_on_pods(add_ons)]
        nodes = maximum(least, _nodes(node, pods, daemons=True)) / len(groups)
        _charge_nodes(
            nodes,
            kind=node.kind,
            resources=(group.subject, *(chart.release.subject for chart in charts(scope))),
            basis=_told(group, node),
            storage_gib=NODE_STORAGE_GIB,
            bill=bill,
        )


def _charge_auto_mode(cluster: EksCluster, scope: Scope, bill: Bill) -> None:
    node = node_sizes()[AUTO_MODE_TYPE]
    own = [chart for chart in charts(scope) if chart.serves]
    nodes = maximum(LEAST_AUTO_NODES, _nodes(node, _pods(own), daemons=False))
    resources = (cluster.subject, *(chart.release.subject for chart in own))
    basis = f"as many {node.kind} as the pods need, {LEAST_AUTO_NODES} at least, in two zones"
    _charge_nodes(
        nodes, kind=node.kind, resources=resources, basis=basis, storage_gib=AUTO_STORAGE_GIB, bill=bill
    )
    bill.charge(
        topic="compute",
        label=f"Auto Mode for {node.kind}",
        quantity=over_day(nodes) * HOURS,
        price=f"eks-auto-{node.kind}-hour",
        resources=resources,
        basis=basis,
        shared=True,
    )


def _charge_nodes(
    nodes: Expression, *, kind: str, resources: Sequence[Subject], basis: str, storage_gib: int, bill: Bill
) -> None:
    bill.charge(
        topic="compute",
        label=f"{kind} nodes",
        quantity=over_day(nodes) * HOURS,
        price=f"ec2-{kind}-hour",
        resources=resources,
        basis=basis,
        discount=SAVINGS_EC2,
        shared=True,
    )
    bill.charge(
        topic="compute",
        label="volumes of the nodes",
        quantity=over_day(nodes) * storage_gib,
        price="ebs-gp3-gb-month",
        resources=resources,
        basis=f"{storage_gib} GiB on each node",
        shared=True,
    )


def _nodes(node: Node, pods: Sequence[tuple[Operand, Operand, Operand]], *, daemons: bool) -> Expression:
    """Nodes that hold the pods, beside what every node keeps for itself."""
    cpu, memory, count = node.vcpu - SYSTEM_CPU, node.memory - SYSTEM_MEMORY, expression(node.pods)
    if daemons:
        cpu, memory, count = cpu - DAEMON_CPU, memory - DAEMON_MEMORY, count - DAEMONS
    return packed((cpu, memory, count), *pods)


def _pods(releases: Sequence[Chart]) -> list[tuple[Operand, Operand, Operand]]:
    pods: list[tuple[Operand, Operand, Operand]] = []
    for chart in releases:
        scales = chart.serves and chart.most is not None
        count = copies(vcpu=chart.cpu, least=chart.least) if scales else expression(chart.least)
        pods.append((chart.cpu, chart.memory, count * SERVICES if chart.serves else count))
    return pods


def _add_on_pods(add_ons: Sequence[AddOn]) -> list[tuple[Operand, Operand, Operand]]:
    return [ADD_ON_PODS[str(item.name)] for item in add_ons if str(item.name) in ADD_ON_PODS]


def _told(group: NodeGroup, node: Node) -> str:
    limit = f", although the template allows {group.maximum}" if isinstance(group.maximum, int) else ""
    return f"as many {node.kind} as the pods need, {group.minimum} at least{limit}"
