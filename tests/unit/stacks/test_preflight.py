"""A synthesis stops on what would not come up: EcsStack broken by hand, one fault at a time."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from aws_cdk import App, CfnResource
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


def find(app: App, kind: type[CfnResource], path: str) -> CfnResource:
    (found,) = [
        each
        for each in app.node.find_all()
        if isinstance(each, kind) and f"EcsStack/{path}" in each.node.path
    ]
    return found


def break_ecs(folder: Path, kind: type[CfnResource], path: str, fault: Break) -> list[dict[str, object]]:
    """What cais says in the report of a synthesis that must fail."""
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = App(outdir=str(folder), context=flags)
    targets = installed_targets()
    settings = read_settings({**dict.fromkeys(KEYS), "targets": "ecs"}, targets=targets)
    build(app, settings=settings, contract=CONTRACT, targets=targets, image_folder=ROOT / "service")
    fault(find(app, kind, path))
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


def override(path: str, value: object) -> Break:
    return lambda resource: resource.add_property_override(path, value)


@pytest.mark.parametrize(
    ("rule", "kind", "path", "fault"),
    [
        ("HLT101", elbv2.CfnTargetGroup, "LoadBalancer/Targets", override("HealthCheckPath", "/")),
        (
            "IMG106",
            iam.CfnRole,
            "Task/ExecutionRole/Resource",
            override("AssumeRolePolicyDocument.Statement.0.Principal.Service", "ec2.amazonaws.com"),
        ),
        (
            "IMG111",
            ecs.CfnTaskDefinition,
            "Task/Definition",
            override("RuntimePlatform.CpuArchitecture", "ARM64"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_stops_the_synthesis(
    tmp_path: Path, rule: str, kind: type[CfnResource], path: str, fault: Break
):
    found = break_ecs(tmp_path, kind, path, fault)
    assert {each["rule"] for each in found} == {rule}
    assert all(str(each["path"]).startswith(f"EcsStack/{path}") for each in found)
