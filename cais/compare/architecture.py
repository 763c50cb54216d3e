"""The picture of a target: who hands a request to whom, with the resources of the templates.

Boxes are told in the templates' own numbers, so that a reader finds in the picture what is deployed.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from cais.compare.cost.balancing import balancers_of
from cais.compare.cost.charts import charts
from cais.compare.cost.kubernetes import AUTO_MODE_TYPE, runs_auto_mode
from cais.compare.cost.quantities import MIB_OF_GIB
from cais.compare.cost.tasks import UNITS_OF_VCPU, Running, running_services
from cais.compare.report import Architecture, Box, Link
from cais.compare.scope import callable_functions
from cais.compare.surroundings import box_id, counted, surroundings
from cais.site.model.values import describe, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.compare.cost.charts import Chart
    from cais.compare.scope import Scope
    from cais.site.model.balancing import LoadBalancer
    from cais.site.model.ecs import Service
    from cais.site.model.serverless import Function
    from cais.site.model.values import Key, MaybeNumber

CLIENT = "client"
BALANCERS = {
    "application": "Application Load Balancer",
    "network": "Network Load Balancer",
    "gateway": "Gateway Load Balancer",
    "classic": "Classic Load Balancer",
}


def architecture_of(scope: Scope) -> Architecture:
    """The boxes of a target and the ways between them; requests come from the box `client`."""
    front = {"ecs": _ecs, "eks": _eks, "serverless": _serverless}[scope.kind](scope)
    back = surroundings(scope)
    computes = [box for box in front.boxes if box.role == "compute"]
    used = [Link(source=box.id, target=other.id) for box in computes for other in back]
    return Architecture(boxes=(*front.boxes, *back), links=(*front.links, *used), zones=_zones(scope))


def _zones(scope: Scope) -> int:
    subnets = (found(scope.site.network.subnets, key) for key in scope.subnets())
    return len({subnet.zone for subnet in subnets if subnet})


def _ecs(scope: Scope) -> Architecture:
    boxes = [_balancer(item, scope) for item in balancers_of(scope)]
    links = [Link(source=CLIENT, target=box.id) for box in boxes]
    running = {item.service.key: item for item in running_services(scope) if isinstance(item, Running)}
    for service in scope.within(scope.site.ecs.services).values():
        boxes.append(_service(service, running.get(service.key), scope))
        links += _ways_to(service, scope)
    return Architecture(boxes=tuple(boxes), links=tuple(dict.fromkeys(links)))


def _balancer(balancer: LoadBalancer, scope: Scope) -> Box:
    listeners = [
        f"{describe(item.protocol)} {describe(item.port)}"
        for item in scope.site.balancing.listeners.values()
        if item.load_balancer == balancer.key
    ]
    facing = "internet-facing" if balancer.internet_facing is True else "internal"
    return Box(
        id=box_id(balancer.subject),
        role="entrance",
        label=BALANCERS.get(str(balancer.kind), "Load balancer"),
        details=(f"{facing}, {len(balancer.subnets)} subnets", *dict.fromkeys(listeners)),
        resources=(balancer.subject,),
        in_network=True,
    )


def _service(service: Service, running: Running | None, scope: Scope) -> Box:
    task = found(scope.site.ecs.task_definitions, service.task_definition)
    names = ", ".join(describe(container.name) for container in task.containers) if task else ""
    where = "Fargate" if service.launch_type == "FARGATE" else describe(service.launch_type)
    details = [where]
    if running:
        tasks = _range(running.least, running.most, "task")
        vcpu, memory = Decimal(running.cpu) / UNITS_OF_VCPU, Decimal(running.memory_mib) / MIB_OF_GIB
        details = [
            f"{tasks} on Fargate",
            f"{vcpu:f} vCPU, {memory.normalize():f} GB, {running.architecture}",
        ]
    return Box(
        id=box_id(service.subject),
        role="compute",
        label="ECS service",
        details=((names, *details) if names else tuple(details)),
        count=running.least if running else _number(service.desired),
        resources=running.resources if running else (service.subject,),
        in_network=bool(service.subnets),
    )


def _ways_to(service: Service, scope: Scope) -> Iterator[Link]:
    for binding in service.targets:
        group = binding.target_group
        for way in scope.site.balancing.forwardings.get(group, ()) if group else ():
            if way.load_balancer:
                port = f"port {describe(binding.container_port)}" if binding.container_port else ""
                yield Link(
                    source=box_id(way.load_balancer.subject), target=box_id(service.subject), label=port
                )


def _eks(scope: Scope) -> Architecture:
    boxes: list[Box] = []
    links: list[Link] = []
    serving = [chart for chart in charts(scope) if chart.serves]
    hosts = list(_nodes(scope))
    links += [Link(source=one.id, target=other.id) for one, other in pairwise(hosts)]
    for chart in serving:
        pods = _pods(chart)
        entrance = Box(
            id=f"{pods.id}-ingress",
            role="entrance",
            label="Application Load Balancer",
            details=("of the chart's Ingress",),
            resources=(chart.release.subject,),
            in_network=True,
        )
        boxes += [entrance, pods]
        links += [
            Link(source=CLIENT, target=entrance.id),
            Link(source=entrance.id, target=pods.id),
            *(Link(source=pods.id, target=host.id, label="on") for host in hosts[:1]),
        ]
    return Architecture(boxes=(*boxes, *hosts), links=tuple(links))


def _pods(chart: Chart) -> Box:
    return Box(
        id=box_id(chart.release.subject),
        role="compute",
        label=f"Pods of {describe(chart.release.release)}",
        details=(
            _range(chart.least, chart.most, "pod"),
            f"{chart.cpu:f} vCPU, {chart.memory.normalize():f} GiB each",
        ),
        count=chart.least,
        resources=(chart.release.subject,),
        in_network=True,
    )


def _nodes(scope: Scope) -> Iterator[Box]:
    """The machines of the pods, then the control plane and what it is kept company by."""
    clusters = list(scope.within(scope.site.eks.clusters).values())
    groups = scope.within(scope.site.eks.node_groups).values()
    if runs_auto_mode(scope):
        told = (f"such as {AUTO_MODE_TYPE}", "made and patched by EKS")
        subjects = tuple(cluster.subject for cluster in clusters)
        yield Box(
            id="auto-nodes", role="host", label="Auto Mode nodes", details=told, count=2, resources=subjects,
            in_network=True,
        )  # fmt: skip
    for group in () if runs_auto_mode(scope) else groups:
        kinds = ", ".join(describe(kind) for kind in group.instance_types) or "t3.medium"
        yield Box(
            id=box_id(group.subject),
            role="host",
            label="Managed nodes",
            details=(f"{describe(group.minimum)} to {describe(group.maximum)} × {kinds}",),
            count=_number(group.minimum),
            resources=(group.subject,),
            in_network=True,
        )
    add_ons = scope.within(scope.site.eks.add_ons) if not runs_auto_mode(scope) else {}
    for cluster in clusters:
        version = f"Kubernetes {describe(cluster.version)}" if cluster.version else "Kubernetes"
        beside = (counted(len(add_ons), "add-on"),) if add_ons else ()
        yield Box(
            id=box_id(cluster.subject),
            role="host",
            label="EKS control plane",
            details=(version, *beside),
            resources=(cluster.subject, *(item.subject for item in add_ons.values())),
            in_network=False,
        )


def _serverless(scope: Scope) -> Architecture:
    site = scope.site
    functions = scope.within(site.serverless.functions)
    reached = {key: functions[key] for key in callable_functions(site) if key in functions}
    entrances: list[Box] = []
    links: list[Link] = []
    for api in scope.within(site.serverless.apis).values():
        label = f"API Gateway, {describe(api.protocol)} API"
        entrances.append(Box(id=box_id(api.subject), role="entrance", label=label, resources=(api.subject,)))
    for url in scope.within(site.serverless.urls).values():
        box = Box(id=box_id(url.subject), role="entrance", label="Function URL", resources=(url.subject,))
        entrances.append(box)
        links += _calls(box.id, url.callee.function, reached, scope)
    entrances += [_balancer(item, scope) for item in balancers_of(scope)]
    for item in scope.within(site.serverless.integrations).values():
        api = found(site.serverless.apis, item.api)
        if api and item.callee:
            links += _calls(box_id(api.subject), item.callee.function, reached, scope)
    for key, group in site.balancing.target_groups.items():
        for way in site.balancing.forwardings.get(key, ()):
            for target in group.targets:
                if way.load_balancer:
                    links += _calls(box_id(way.load_balancer.subject), target, reached, scope)
    asked = [Link(source=CLIENT, target=box.id) for box in entrances]
    computes = [_function(item) for item in reached.values()]
    return Architecture(boxes=(*entrances, *computes), links=tuple(dict.fromkeys((*asked, *links))))


def _calls(caller: str, key: Key, reached: dict[Key, Function], scope: Scope) -> Iterator[Link]:
    function = reached.get(scope.site.serverless.aliases.get(key, key))
    if function:
        yield Link(source=caller, target=box_id(function.subject))


def _function(function: Function) -> Box:
    limit = function.reserved_concurrency
    return Box(
        id=box_id(function.subject),
        role="compute",
        label="Lambda function",
        details=(
            f"{describe(function.memory)} MiB, {describe(function.architecture)}",
            "one environment for each request at a time",
            *((f"{describe(limit)} at a time at most",) if limit is not None else ()),
        ),
        resources=(function.subject,),
        in_network=bool(function.subnets),
    )


def _range(least: int, most: int | None, what: str) -> str:
    return counted(least, what) if most is None else f"{least} to {counted(most, what)}"


def _number(value: MaybeNumber | None) -> int:
    return value if isinstance(value, int) else 1
