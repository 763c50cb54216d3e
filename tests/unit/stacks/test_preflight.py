"""A synthesis stops on what would not come up: EcsStack broken by hand, one fault at a time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from aws_cdk import App, CfnResource
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam

from app import validate
from stacks.build import build
from stacks.registry import installed_targets
from stacks.settings import KEYS, read_settings
from tests.synthesis import CONTRACT, ROOT

pytestmark = pytest.mark.cdk

Break = Callable[[CfnResource], None]


def set_to(path: str, value: object) -> Break:
    return lambda resource: resource.add_property_override(path, value)


def removed(resource: CfnResource) -> None:
    """Deletes the resource, as if its line was taken out."""
    holder = resource.node.scope
    assert holder
    holder.node.try_remove_child(resource.node.id)


def without_token(policy: CfnResource) -> None:
    """Takes the permission to log in to ECR out of the execution role's policy."""
    assert isinstance(policy, iam.CfnPolicy)
    document = policy.policy_document
    assert isinstance(document, iam.PolicyDocument)
    rest = [each for each in document.to_json()["Statement"] if "GetAuthorizationToken" not in str(each)]
    policy.add_property_override("PolicyDocument.Statement", rest)


CURL = {"Command": ["CMD-SHELL", "curl -f http://localhost:8000/healthz || exit 1"]}


class Fault(NamedTuple):
    """One thing broken by hand, the rule that has to say so, and the construct that it has to name."""

    rule: str
    kind: type[CfnResource]
    path: str
    break_it: Break
    culprit: str


def find(app: App, kind: type[CfnResource], path: str) -> list[CfnResource]:
    found = [each for each in app.node.find_all() if isinstance(each, kind) and path in each.node.path]
    assert found, f"there is no {path}"
    return found


def break_ecs(folder: Path, fault: Fault) -> list[dict[str, object]]:
    """What cais says in the report of a synthesis that must fail."""
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = App(outdir=str(folder), context=flags)
    targets = installed_targets()
    settings = read_settings({**dict.fromkeys(KEYS), "targets": "ecs"}, targets=targets)
    build(app, settings=settings, contract=CONTRACT, targets=targets, image_folder=ROOT / "service")
    for resource in find(app, fault.kind, fault.path):
        fault.break_it(resource)
    validate(app)
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    report = json.loads((folder / "validation-report.json").read_text())
    return [
        {"rule": violation["ruleName"], "path": construct["constructPath"], "fix": violation["description"]}
        for plugin in report["pluginReports"]
        if plugin["pluginName"] == "cais"
        for violation in plugin["violations"]
        if violation["severity"] == "error"
        for construct in violation["violatingConstructs"]
    ]


TASK = "EcsStack/Task/Definition"
ROLE = "EcsStack/Task/ExecutionRole"
TARGETS = "EcsStack/LoadBalancer/Targets"
FAULTS = [
    Fault(
        "IMG101",
        ec2.CfnRoute,
        "Vpc/PrivateSubnet",
        removed,
        "EcsStack/Service",
    ),
    Fault("IMG105", iam.CfnPolicy, ROLE, without_token, ROLE),
    Fault(
        "IMG106",
        iam.CfnRole,
        ROLE,
        set_to("AssumeRolePolicyDocument.Statement.0.Principal.Service", "ec2.amazonaws.com"),
        ROLE,
    ),
    Fault("IMG111", ecs.CfnTaskDefinition, TASK, set_to("RuntimePlatform.CpuArchitecture", "ARM64"), TASK),
    Fault("HLT101", elbv2.CfnTargetGroup, TARGETS, set_to("HealthCheckPath", "/"), TARGETS),
    Fault(
        "HLT103",
        ec2.CfnSecurityGroupIngress,
        "EcsStack/Service/Group/from",  # the load balancer; the database's rule is another fault
        removed,
        "EcsStack/Service/Group",
    ),
    Fault("HLT111", ecs.CfnTaskDefinition, TASK, set_to("ContainerDefinitions.0.HealthCheck", CURL), TASK),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.rule)
def test_a_fault_stops_the_synthesis_with_one_finding(tmp_path: Path, fault: Fault):
    found = break_ecs(tmp_path, fault)
    assert [each["rule"] for each in found] == [fault.rule]
    assert all(str(each["path"]).startswith(fault.culprit) for each in found)
