"""Nodes of EKS that no rule looks at: instances that join by their user data, and what is elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.rules.eks.nodes import names_of, nodes
from cais.site.builders.values import parts
from cais.site.model.values import found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.site.model.scaling import AutoScalingGroup
    from cais.site.model.site import Site

JOINS = re.compile(r"/etc/eks/bootstrap\.sh|nodeadm|node\.eks\.aws|settings\.kubernetes|Start-EKSBootstrap")
"""How user data lets an instance join: on Amazon Linux 2 and 2023, Bottlerocket, Windows.

https://docs.aws.amazon.com/eks/latest/userguide/worker.html
"""


def unjudged(site: Site) -> Iterator[str]:
    """What a report has to say of them."""
    for group in site.scaling.auto_scaling_groups.values():
        if _joins(group, site):
            name = group.subject.logical_id
            yield f"whether the instances of {name} join a cluster of EKS, as their user data tells them"
    for cluster in site.eks.clusters.values():
        if cluster.auto_mode is False and not any(nodes(site, cluster.key)):
            name = cluster.subject.logical_id
            yield f"the nodes of {name}: these templates have no managed group, Auto Mode or Fargate for it"
    known = {name for cluster in site.eks.clusters.values() for name in names_of(cluster)}
    for each in (*site.eks.node_groups.values(), *site.eks.fargate_profiles.values()):
        if each.cluster not in known:
            yield f"the nodes of {each.subject.logical_id}: their cluster is not in these templates"


def _joins(group: AutoScalingGroup, site: Site) -> bool:
    template = found(site.scaling.launch_templates, group.launch_template)
    given = parts(template.user_data or "") if template else ()
    return any(isinstance(each, str) and JOINS.search(each) for each in given)
