"""What the scripts call the roles and the bucket is what CDK calls them."""

import json
import re

import pytest

from scripts.bootstrap import Bootstrap
from tests.synthesis import Assembly, Synthesize

pytestmark = pytest.mark.cdk

HERE = Bootstrap(account="123456789012", region="eu-west-1")


@pytest.fixture
def assembly(synthesize: Synthesize) -> Assembly:
    return synthesize()


def named(text: str) -> str:
    values = {"Partition": "aws", "AccountId": HERE.account, "Region": HERE.region}
    return re.sub(r"\$\{AWS::(\w+)\}", lambda match: values[match[1]], text)


def test_the_roles_are_those_of_the_manifest(assembly: Assembly):
    manifest = json.loads((assembly.folder / "manifest.json").read_text())
    stack = manifest["artifacts"]["EcsStack"]["properties"]
    assert HERE.role_arn("deploy") == named(stack["assumeRoleArn"])
    assert HERE.execution_role_arn == named(stack["cloudFormationExecutionRoleArn"])


def test_the_bucket_and_the_repository_are_those_of_the_assets(assembly: Assembly):
    assets = json.loads((assembly.folder / "EcsStack.assets.json").read_text())
    (file,) = (to for each in assets["files"].values() for to in each["destinations"].values())
    (image,) = (to for each in assets["dockerImages"].values() for to in each["destinations"].values())
    assert HERE.bucket == named(file["bucketName"])
    assert HERE.role_arn("file-publishing") == named(file["assumeRoleArn"])
    assert HERE.repository.partition("/")[2] == named(image["repositoryName"])
    assert HERE.role_arn("image-publishing") == named(image["assumeRoleArn"])
