from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.unit.template.making import loaded, only

if TYPE_CHECKING:
    from cais.template import Assembly

MANIFEST = {
    "version": "43.0.0",
    "artifacts": {
        "Shared.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Shared.assets.json"}},
        "Shared": {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/unknown-region",
            "properties": {"templateFile": "Shared.template.json"},
            "dependencies": ["Shared.assets"],
            "metadata": {"/Shared/Vpc/Resource": [{"type": "aws:cdk:logicalId", "data": "Vpc"}]},
        },
        "assembly-Stage": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Stage"}},
    },
}
STAGE = {
    "artifacts": {
        "Service": {
            "type": "aws:cloudformation:stack",
            "environment": "aws://123456789012/eu-west-1",
            "properties": {"templateFile": "Service.template.json", "stackName": "prod-service"},
            "dependencies": ["Service.assets", "Base"],
            "additionalMetadataFile": "Service.metadata.json",
        },
        "Base": {
            "type": "aws:cloudformation:stack",
            "environment": "aws://123456789012/eu-west-1",
            "properties": {"templateFile": "Base.template.json"},
        },
    }
}
HASH = "f" * 64
NAME = {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}
ASSETS = {
    "files": {f"{HASH}-current": {"source": {"path": "Inner.nested.template.json", "packaging": "file"}}},
    "dockerImages": {
        "abc": {
            "displayName": "Image",
            "source": {"directory": "asset.abc", "platform": "linux/arm64", "dockerBuildArgs": {"A": "b"}},
            "destinations": {"current": {"repositoryName": "images", "imageTag": "abc"}},
        }
    },
}


def json_template(**resources: object) -> str:
    return json.dumps({"Resources": resources})


@pytest.fixture(scope="module")
def cdk_out() -> Assembly:
    nested_url = {"Fn::Sub": f"https://s3.${{AWS::Region}}.${{AWS::URLSuffix}}/cdk-assets/{HASH}.json"}
    files = {
        "manifest.json": json.dumps(MANIFEST),
        "Shared.assets.json": json.dumps(ASSETS),
        "Shared.template.json": json_template(
            Vpc={"Type": "AWS::EC2::VPC"},
            Inner={"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": nested_url}},
            Metadata={"Type": "AWS::CDK::Metadata", "Condition": "CDKMetadataAvailable"},
        ),
        "Inner.nested.template.json": json_template(
            Queue={"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "Shared/Inner/Queue/Resource"}}
        ),
        "unrelated.template.json": json_template(Topic={"Type": "AWS::SNS::Topic"}),
        "assembly-Stage/manifest.json": json.dumps(STAGE),
        "assembly-Stage/Service.template.json": json_template(
            Name={
                "Type": "AWS::SNS::Topic",
                "Properties": {"TopicName": {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}},
            }
        ),
        "assembly-Stage/Service.metadata.json": json.dumps(
            {"/Stage/Service/Name": [{"type": "aws:cdk:logicalId", "data": "Name"}]}
        ),
        "assembly-Stage/Base.template.json": json.dumps({"Parameters": {}}),
    }
    return only(loaded(files))


def test_a_cloud_assembly_is_what_its_manifest_says(cdk_out: Assembly):
    assert [(template.name, template.stack_name) for template in cdk_out.templates] == [
        ("Shared.template.json", "Shared"),
        ("Inner.nested.template.json", None),
        ("Service.template.json", "prod-service"),
        ("Base.template.json", "Base"),
    ]


def test_stacks_of_a_cloud_assembly_wait_for_those_that_they_depend_on(cdk_out: Assembly):
    depends_on = {template.name: template.depends_on for template in cdk_out.templates}
    assert depends_on["Service.template.json"] == ("Base.template.json",)
    assert depends_on["Shared.template.json"] == ()


def test_account_region_and_stack_name_come_from_the_manifest(cdk_out: Assembly):
    (topic,) = cdk_out.resources("AWS::SNS::Topic")
    assert topic.properties["TopicName"] == "prod-service-eu-west-1"


def test_construct_paths_come_from_the_template_or_the_manifest(cdk_out: Assembly):
    resources = cdk_out.resources("AWS::EC2::VPC", "AWS::SQS::Queue", "AWS::SNS::Topic")
    assert {resource.logical_id: resource.construct_path for resource in resources} == {
        "Vpc": "Shared/Vpc/Resource",
        "Queue": "Shared/Inner/Queue/Resource",
        "Name": "Stage/Service/Name",
    }


def test_usage_statistics_are_no_resource(cdk_out: Assembly):
    assert list(cdk_out.templates[0].resources) == ["Vpc", "Inner"]


def test_image_assets_are_known_by_their_tag(cdk_out: Assembly):
    (image,) = cdk_out.image_assets.values()
    assert list(cdk_out.image_assets) == ["abc"]
    assert (image.name, image.source_hash, image.directory, image.dockerfile) == (
        "Image",
        "abc",
        "asset.abc",
        "Dockerfile",
    )
    assert (image.platform, image.build_arguments) == ("linux/arm64", {"A": "b"})
    assert image.destinations == (("images", "abc"),)
