"""The pictures: every box and every way between two, from the templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.compare.conftest import ECS, NETWORK, TEMPLATES

if TYPE_CHECKING:
    from cais.compare.report import Architecture, Comparison
    from tests.unit.compare.conftest import Comparing

STORE = ("Aurora PostgreSQL", "1 × db.serverless", "0 to 4 ACU")


def architecture(comparison: Comparison, name: str) -> Architecture:
    return next(item.architecture for item in comparison.targets if item.name == name)


def told(drawn: Architecture) -> dict[str, tuple[str, ...]]:
    return {box.id: (box.label, *box.details) for box in drawn.boxes}


def ways(drawn: Architecture) -> set[tuple[str, str, str]]:
    return {(link.source, link.target, link.label) for link in drawn.links}


def test_ecs(comparing: Comparing):
    drawn = architecture(comparing(), "ecs")
    assert told(drawn) == {
        "ecs.yaml/Balancer": ("Application Load Balancer", "internet-facing, 2 subnets"),
        "ecs.yaml/Service": (
            "ECS service",
            "comments",
            "2 to 10 tasks on Fargate",
            "0.25 vCPU, 0.5 GB, x86",
        ),
        "network.yaml/Store": STORE,
        "network.yaml/Nat": ("NAT gateway", "1 gateway"),
        "network.yaml/Secret": ("Secrets Manager", "1 secret"),
        "ecs.yaml/Logs": ("CloudWatch Logs", "kept 30 days"),
    }
    assert drawn.zones == 2
    assert [box.count for box in drawn.boxes if box.role == "compute"] == [2]
    outside = {box.label for box in drawn.boxes if not box.in_network}
    assert outside == {"Secrets Manager", "CloudWatch Logs"}
    assert ("client", "ecs.yaml/Balancer", "") in ways(drawn)
    assert ("ecs.yaml/Service", "network.yaml/Store", "") in ways(drawn)


def test_a_listener_leads_to_the_service(comparing: Comparing):
    listener = """
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      Port: 443
      Protocol: HTTPS
      DefaultActions: [{Type: forward, TargetGroupArn: !Ref Targets}]
"""
    drawn = architecture(comparing(network=NETWORK, ecs=ECS + listener), "ecs")
    assert ("ecs.yaml/Balancer", "ecs.yaml/Service", "port 8000") in ways(drawn)
    assert told(drawn)["ecs.yaml/Balancer"][-1] == "HTTPS 443"


def test_eks_and_its_auto_mode(comparing: Comparing):
    comparison = comparing()
    managed, auto = (told(architecture(comparison, name)) for name in ("eks", "eks-auto-mode"))
    pods = ("Pods of comments", "2 to 10 pods", "0.25 vCPU, 0.5 GiB each")
    assert managed["eks.yaml/Chart"] == auto["eks.yaml/Chart"] == pods
    assert managed["eks.yaml/Nodes"] == ("Managed nodes", "2 to 4 × t3.medium")
    assert managed["eks.yaml/Cluster"] == ("EKS control plane", "Kubernetes 1.36", "1 add-on")
    assert "eks.yaml/Nodes" not in auto
    assert auto["auto-nodes"][0] == "Auto Mode nodes"
    assert {
        ("client", "eks.yaml/Chart-ingress", ""),
        ("eks.yaml/Chart-ingress", "eks.yaml/Chart", ""),
        ("eks.yaml/Chart", "eks.yaml/Nodes", "on"),
        ("eks.yaml/Nodes", "eks.yaml/Cluster", ""),
        ("eks.yaml/Chart", "network.yaml/Store", ""),
    } <= ways(architecture(comparison, "eks"))


def test_serverless(comparing: Comparing):
    drawn = architecture(comparing(), "serverless")
    assert told(drawn)["serverless.yaml/Function"][:2] == ("Lambda function", "512 MiB, x86_64")
    assert {
        ("client", "serverless.yaml/Api", ""),
        ("serverless.yaml/Api", "serverless.yaml/Function", ""),
        ("serverless.yaml/Function", "network.yaml/Store", ""),
    } <= ways(drawn)


def test_every_box_is_of_a_resource_and_every_way_between_boxes(comparing: Comparing):
    for target in comparing().targets:
        ids = {"client", *(box.id for box in target.architecture.boxes)}
        assert {end for link in target.architecture.links for end in (link.source, link.target)} <= ids
        for box in target.architecture.boxes:
            assert box.resources, box.id
            for resource in box.resources:
                assert f"  {resource.logical_id}:" in TEMPLATES[resource.template.removesuffix(".yaml")]
