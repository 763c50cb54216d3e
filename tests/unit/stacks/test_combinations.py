import itertools
import json
import re
from typing import Any

import pytest

from cais.preflight import preflight
from tests.synthesis import CONTRACT, Assembly, Synthesize

pytestmark = pytest.mark.cdk

TARGETS = {"EcsStack", "EksStack", "LambdaStack"}
STACKS = {"NetworkStack", "DataStack"} | TARGETS
COMBINATIONS = [
    {"store": store, "egress": egress, "eks_compute": compute}
    for store, egress, compute in itertools.product(
        ("postgres", "dynamodb"), ("nat", "endpoints"), ("managed-nodes", "auto")
    )
]
GIVEN_IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/comments:1.2.3"
BUILT_IMAGE = re.compile(r"/cdk-\w+-container-assets-\$\{AWS::AccountId\}-\$\{AWS::Region\}:(\w+)")
PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]*@|[?&]password=|:SecretString:password")
FROM_SECRET = re.compile(r"\{\{resolve:secretsmanager:Ref=\w+:SecretString:password::\}\}")


@pytest.fixture(params=COMBINATIONS, ids=lambda combination: "-".join(combination.values()))
def assembly(request: pytest.FixtureRequest, synthesize: Synthesize) -> Assembly:
    return synthesize(**request.param)


def test_every_combination_synthesizes_without_a_security_finding(assembly: Assembly):
    assert assembly.stacks == STACKS
    assert [finding for finding in assembly.findings() if finding["severity"] != "warning"] == []


def warnings(assembly: Assembly) -> list[str]:
    """What the synthesis says in warnings, as its files have it."""
    return [path.read_text() for path in assembly.folder.glob("EksStack.metadata.json")]


def test_every_combination_is_proven_to_come_up(assembly: Assembly):
    found = preflight([assembly.folder], contract=CONTRACT).findings
    open_findings = {(each.rule, each.verdict) for each in found if each.verdict != "proven"}
    # The one that the synthesis warns of: no endpoint reaches the registry of the controller's image.
    warned = any("cais:eks-controller-needs-internet" in text for text in warnings(assembly))
    assert open_findings == ({("EKS123", "unproven")} if warned else set())
    assert {each.rule for each in found} >= {"IMG101", "HLT103", "LAM111", "EKS101"}


def test_of_an_image_from_elsewhere_only_its_registry_is_asked(synthesize: Synthesize):
    found = preflight([synthesize(image=GIVEN_IMAGE).folder], contract=CONTRACT).findings
    unproven = {each.rule for each in found if each.verdict == "unproven"}
    assert unproven == {"IMG108", "IMG109", "LAM102", "LAM103"}
    assert not [each for each in found if each.verdict == "refuted"]


def test_no_combination_needs_an_aws_account(assembly: Assembly):
    manifest = json.loads((assembly.folder / "manifest.json").read_text())
    assert {manifest["artifacts"][name]["environment"] for name in STACKS} == {
        "aws://unknown-account/unknown-region"
    }
    assert "missing" not in manifest, "a look-up"


def flat(value: Any) -> str:
    """A template's value as one text, what is joined at the deployment among it."""
    match value:
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(map(flat, parts))
        case dict():
            return " ".join(f"{key}={flat(one)}" for key, one in value.items())
        case list():
            return " ".join(map(flat, value))
        case _:
            return str(value)


@pytest.mark.parametrize(
    "value",
    [
        {"Url": "postgresql://comments:hunter2@db/x"},
        {"Url": {"Fn::Join": ["", ["postgresql://comments:", {"Ref": "Password"}, "@db/x"]]}},
        [{"Fn::Join": ["", ["postgresql://comments@", {"Ref": "Host"}, "/x?password=hunter2"]]}],
        {
            "Secret": {
                "Fn::Join": ["", ["{{resolve:secretsmanager:", {"Ref": "Arn"}, ":SecretString:password}}"]]
            }
        },
    ],
)
def test_a_password_would_be_found(value: Any):
    assert PASSWORD.search(flat(value))


def test_no_template_holds_a_password(assembly: Assembly):
    for stack in STACKS:
        template = json.loads(assembly.text(stack))
        for cluster in assembly.resources(stack, "AWS::RDS::DBCluster"):
            password = template["Resources"][cluster]["Properties"].pop("MasterUserPassword")
            assert re.fullmatch(
                r"\{\{resolve:secretsmanager:Ref=\w+:SecretString:password::\}\}", flat(password)
            )
        assert not PASSWORD.search(flat(template))
    for task in assembly.all("EcsStack", "AWS::ECS::TaskDefinition"):
        for container in task["ContainerDefinitions"]:
            assert [variable["Name"] for variable in container["Environment"]] == ["DATABASE_URL"]
    for function in assembly.all("LambdaStack", "AWS::Lambda::Function"):
        assert "DATABASE_PASSWORD" not in function.get("Environment", {}).get("Variables", {})


def test_the_targets_run_one_image_that_is_built_once(assembly: Assembly):
    named = {stack: set(BUILT_IMAGE.findall(assembly.text(stack))) for stack in TARGETS}
    published = {
        stack: set(json.loads((assembly.folder / f"{stack}.assets.json").read_text())["dockerImages"])
        for stack in TARGETS
    }
    (image,) = named["EcsStack"]
    assert named == published == {stack: {image} for stack in TARGETS}


def test_the_targets_run_a_given_image_and_build_none(synthesize: Synthesize):
    assembly = synthesize(image=GIVEN_IMAGE)
    (task,) = assembly.all("EcsStack", "AWS::ECS::TaskDefinition")
    assert {container["Image"] for container in task["ContainerDefinitions"]} == {GIVEN_IMAGE}
    functions = assembly.all("LambdaStack", "AWS::Lambda::Function")
    assert {code["ImageUri"] for code in (one["Code"] for one in functions) if "ImageUri" in code} == {
        GIVEN_IMAGE
    }
    assert GIVEN_IMAGE in assembly.text("EksStack")
    for stack in TARGETS:
        assert not json.loads((assembly.folder / f"{stack}.assets.json").read_text())["dockerImages"]
        assert "container-assets" not in assembly.text(stack)
