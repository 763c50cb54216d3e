"""The scripts call roles and the bucket what CDK calls them, and the roles may do what the scripts do."""

import json
import re
import subprocess

import pytest

from cais.site.build import build_site
from cais.site.model.site import Site
from cais.site.permission import may
from cais.template import load
from cais.template.values import Attribute
from scripts.bootstrap import Bootstrap
from tests.synthesis import ROOT, Assembly, Synthesize

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


@pytest.fixture(scope="module")
def bootstrapped(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """What `cdk bootstrap` of the CLI that we pin makes."""
    printed = subprocess.run(
        [ROOT / "node_modules" / ".bin" / "cdk", "bootstrap", "--show-template"],
        cwd=tmp_path_factory.mktemp("nowhere"),
        check=True,
        capture_output=True,
        text=True,
    )
    path = tmp_path_factory.mktemp("bootstrap") / "bootstrap.yaml"
    path.write_text(printed.stdout)
    given = {"AWS::AccountId": HERE.account, "AWS::Region": HERE.region, "AWS::Partition": "aws"}
    (first, *_) = load([path], parameters=given)
    return build_site(first)


@pytest.mark.parametrize(
    ("kind", "action", "resource", "verdict"),
    [
        ("deploy", "cloudformation:UpdateStack", "*", "proven"),
        ("deploy", "iam:PassRole", "CloudFormationExecutionRole", "proven"),
        # Allowed under a condition, that the bucket is the account's own; conditions stay open.
        ("file-publishing", "s3:PutObject", "StagingBucket", "unproven"),
        ("file-publishing", "s3:PutObject", "FileAssetsBucketEncryptionKey", "refuted"),
        ("image-publishing", "ecr:GetAuthorizationToken", "*", "proven"),
        ("image-publishing", "ecr:PutImage", "ContainerAssetsRepository", "proven"),
    ],
)
def test_the_roles_may_do_what_the_scripts_do(
    kind: str, action: str, resource: str, verdict: str, bootstrapped: Site
):
    wanted = HERE.role_arn(kind).rpartition("/")[2]
    (role,) = (role for role in bootstrapped.identity.roles.values() if role.name == wanted)
    target = resource if resource == "*" else Attribute(role.subject.template, resource, "Ref")
    assert may(bootstrapped, role, action, target).verdict == verdict


def test_the_deploying_role_reads_templates(bootstrapped: Site):
    wanted = HERE.role_arn("deploy").rpartition("/")[2]
    (role,) = (role for role in bootstrapped.identity.roles.values() if role.name == wanted)
    assert role.managed == ("arn:aws:iam::aws:policy/AWSCloudFormationReadOnlyAccess",)
