"""EC2 instances of auto scaling groups, such as an ECS cluster's own.

https://aws.amazon.com/ec2/pricing/on-demand/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.assumptions import HOURS, SAVINGS_EC2
from cais.compare.cost.tasks import OWN_MACHINES
from cais.compare.expression import expression
from cais.site.model.values import describe, found

if TYPE_CHECKING:
    from cais.compare.bill import Bill
    from cais.compare.scope import Scope
    from cais.site.model.scaling import AutoScalingGroup


def charge_instances(scope: Scope, bill: Bill) -> None:
    """The groups of the scope, at the size that they are asked for."""
    groups = scope.within(scope.site.scaling.auto_scaling_groups).values()
    for group in groups:
        _charge_group(group, scope, bill)
    if groups or scope.kind != "ecs":
        return
    for service in scope.within(scope.site.ecs.services).values():
        if service.launch_type in OWN_MACHINES:
            label = f"machines of {service.subject.logical_id}"
            bill.leave_open(
                label, f"those of {service.launch_type} are not in these templates", (service.subject,)
            )


def _charge_group(group: AutoScalingGroup, scope: Scope, bill: Bill) -> None:
    template = found(scope.site.scaling.launch_templates, group.launch_template)
    kind = template.instance_type if template else None
    size = group.desired if group.desired is not None else group.minimum
    label = f"instances of {group.subject.logical_id}"
    if not isinstance(kind, str) or not isinstance(size, int):
        open_value = kind if not isinstance(kind, str) else size
        why = "the templates do not tell" if open_value is None else f"not known: {describe(open_value)}"
        bill.leave_open(
            label, f"{why} its {'type' if not isinstance(kind, str) else 'size'}", (group.subject,)
        )
        return
    resources = (group.subject, *((template.subject,) if template else ()))
    bill.charge(
        topic="compute",
        label=f"{kind} instances",
        quantity=expression(size) * HOURS,
        price=f"ec2-{kind}-hour",
        resources=resources,
        basis=f"{size} instance(s), at the size the template asks for",
        discount=SAVINGS_EC2,
        shared=True,
    )
