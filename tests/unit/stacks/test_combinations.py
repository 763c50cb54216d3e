import itertools
import json
import re

import pytest

from tests.synthesis import Assembly, Synthesize

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
PASSWORD_IN_URL = re.compile(r"://[^/@\s]*:[^/@\s]*@")


@pytest.fixture(params=COMBINATIONS, ids=lambda combination: "-".join(combination.values()))
def assembly(request: pytest.FixtureRequest, synthesize: Synthesize) -> Assembly:
    return synthesize(**request.param)


def test_every_combination_synthesizes_without_a_security_finding(assembly: Assembly):
    assert assembly.stacks == STACKS
    assert [finding for finding in assembly.findings() if finding["severity"] != "warning"] == []


def test_no_combination_needs_an_aws_account(assembly: Assembly):
    manifest = json.loads((assembly.folder / "manifest.json").read_text())
    assert {manifest["artifacts"][name]["environment"] for name in STACKS} == {
        "aws://unknown-account/unknown-region"
    }
    assert "missing" not in manifest, "a look-up"


def test_no_template_holds_a_password(assembly: Assembly):
    for stack in STACKS:
        assert not PASSWORD_IN_URL.search(assembly.text(stack))
    for task in assembly.all("EcsStack", "AWS::ECS::TaskDefinition"):
        for container in task["ContainerDefinitions"]:
            assert [variable["Name"] for variable in container["Environment"]] == ["DATABASE_URL"]
    for function in assembly.all("LambdaStack", "AWS::Lambda::Function"):
        assert "DATABASE_PASSWORD" not in function.get("Environment", {}).get("Variables", {})
    for cluster in assembly.all("DataStack", "AWS::RDS::DBCluster"):
        assert "{{resolve:secretsmanager:" in json.dumps(cluster["MasterUserPassword"])


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
