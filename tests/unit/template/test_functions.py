from __future__ import annotations

from typing import Any

import pytest

from cais.template import Attribute, Pseudo, Text, Unknown, Value
from tests.unit.template.making import TEMPLATE, only, resolved, worlds

VPC = Attribute(TEMPLATE, "Vpc", "Ref")
REGION = Pseudo("AWS::Region")
VPC_REF = {"Ref": "Vpc"}
UNKNOWN_PARAMETERS = {
    "Parameters": {"Name": {"Type": "String"}, "Names": {"Type": "CommaDelimitedList"}},
}


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ({"Ref": "Vpc"}, VPC),
        ({"Ref": "AWS::Region"}, REGION),
        ({"Ref": "AWS::URLSuffix"}, Pseudo("AWS::URLSuffix")),
        ({"Fn::GetAtt": ["Repository", "Arn"]}, Attribute(TEMPLATE, "Repository", "Arn")),
        ({"Fn::GetAtt": "Repository.RepositoryUri"}, Attribute(TEMPLATE, "Repository", "RepositoryUri")),
        (
            {"Fn::GetAtt": ["Repository", "Endpoint", "Port"]},
            Attribute(TEMPLATE, "Repository", "Endpoint.Port"),
        ),
        ({"Fn::GetAtt": ["Vpc", "CidrBlock"]}, "10.0.0.0/16"),
        ({"Fn::Sub": "plain"}, "plain"),
        ({"Fn::Sub": ""}, ""),
        ({"Fn::Sub": "${Vpc}"}, VPC),
        ({"Fn::Sub": "a-${Vpc}-${AWS::Region}"}, Text(("a-", VPC, "-", REGION))),
        ({"Fn::Sub": "${Vpc.CidrBlock}:${!Literal}"}, "10.0.0.0/16:${Literal}"),
        ({"Fn::Sub": ["${A}/${B}", {"A": 1, "B": True}]}, "1/true"),
        ({"Fn::Sub": ["a${A}", {"A": {"Ref": "AWS::NoValue"}}]}, "a"),
        ({"Fn::Join": ["", ["a", {"Fn::Sub": "b${Vpc}"}, "c"]]}, Text(("ab", VPC, "c"))),
        ({"Fn::Join": [",", ["a", {"Ref": "AWS::NoValue"}, 2]]}, "a,2"),
        ({"Fn::Join": [",", []]}, ""),
        ({"Fn::Split": [",", "a,,b"]}, ["a", "", "b"]),
        ({"Fn::Split": ["/", {"Fn::Sub": "a/${AWS::Region}/b"}]}, ["a", REGION, "b"]),
        ({"Fn::Select": [1, ["a", "b"]]}, "b"),
        ({"Fn::Select": ["0", {"Fn::Split": [".", "a.b"]}]}, "a"),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, Pseudo("Fn::GetAZs[0]")),
        ({"Fn::Select": [1, {"Fn::GetAZs": {"Ref": "AWS::Region"}}]}, Pseudo("Fn::GetAZs[1]")),
        ({"Fn::Select": [1, {"Fn::GetAZs": "eu-west-1"}]}, Pseudo("Fn::GetAZs(eu-west-1)[1]")),
        ({"Fn::Cidr": [{"Fn::GetAtt": "Vpc.CidrBlock"}, 2, 8]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::Cidr": ["10.0.0.0/24", "2", "5"]}, ["10.0.0.0/27", "10.0.0.32/27"]),
        ({"Fn::Base64": {"Fn::Sub": "echo ${AWS::Region}"}}, Text(("echo ", REGION))),
        ({"Fn::Length": ["a", "b"]}, 2),
        ({"Fn::ToJsonString": {"a": [1, "b"]}}, '{"a":[1,"b"]}'),
        (
            "{{resolve:secretsmanager:db:SecretString:password}}",
            "{{resolve:secretsmanager:db:SecretString:password}}",
        ),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}, {"b": [1]}),
        ({"Condition": "is only a key here"}, {"Condition": "is only a key here"}),
        ({"Ref": "Vpc", "Other": 1}, {"Ref": "Vpc", "Other": 1}),
    ],
)
def test_a_function_has_the_value_that_cloudformation_gives_it(raw: Any, value: Value):
    assert resolved(raw) == value


def test_the_parts_of_an_arn_that_its_type_decides_are_known():
    pieces = {"Fn::Split": [":", {"Fn::GetAtt": ["Repository", "Arn"]}]}
    parts = [{"Fn::Select": [index, pieces]} for index in (4, 3, 2)]
    assert resolved(parts) == [Pseudo("AWS::AccountId"), REGION, "ecr"]


def test_what_is_no_value_leaves_no_property():
    assert resolved({"Ref": "AWS::NoValue"}) is None


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"Ref": "Name"}, "parameter Name of template.yaml (no default)"),
        ({"Ref": "Missing"}, "Missing, which is no parameter or resource of template.yaml"),
        ({"Fn::GetAtt": "Missing.Arn"}, "Missing.Arn, since template.yaml has no resource Missing"),
        ({"Fn::Select": [1, {"Ref": "Names"}]}, "item 1 of parameter Names of template.yaml (no default)"),
        ({"Fn::Select": [2, ["a", "b"]]}, "item 2 of a list of 2"),
        ({"Fn::Select": [-1, ["a"]]}, "item -1 of a list"),
        ({"Fn::Split": [":", {"Fn::GetAtt": "Vpc.Arn"}]}, 'the pieces of Vpc.Arn between ":"'),
        ({"Fn::Split": ["-", {"Ref": "AWS::Region"}]}, 'the pieces of AWS::Region between "-"'),
        ({"Fn::Join": [",", {"Ref": "Names"}]}, "Fn::Join of parameter Names of template.yaml (no default)"),
        ({"Fn::Join": "a"}, "Fn::Join of a, which it cannot take"),
        ({"Fn::Sub": ["${A}", {"A": ["list"]}]}, "a list where a string must be"),
        ({"Fn::Cidr": ["10.0.0.0/16", 300, 8]}, 'Fn::Cidr of ["10.0.0.0/16", 300, 8], which it cannot take'),
        ({"Fn::Cidr": ["10.0.0.0/24", 3, 7]}, "3 ranges of 7 bits in 10.0.0.0/24, which has 2"),
        ({"Fn::Cidr": ["10.0.0.1/32", 1, 8]}, "1 ranges of 8 bits in 10.0.0.1/32, which has 0"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Name"}, "x"]}, "an entry of a mapping under parameter Name"),
        ({"Fn::FindInMap": ["Sizes", "big", "x"]}, "mapping entry Sizes.big.x, which is missing"),
        ({"Fn::ImportValue": "shared"}, 'export "shared", which no template here makes'),
        ({"Fn::Transform": {"Name": "Double", "Parameters": {}}}, "what the macro Double makes"),
        ({"Fn::Invented": []}, "what Fn::Invented makes"),
        ({"Fn::ToJsonString": {"a": {"Ref": "Vpc"}}}, "a JSON text of values that are known only after"),
        ({"Fn::Length": {"Ref": "Names"}}, "Fn::Length of parameter Names"),
        ({"Fn::If": ["Missing"]}, 'Fn::If of ["Missing"], which it cannot take'),
    ],
)
def test_what_cannot_be_told_says_why(raw: Any, reason: str):
    value = resolved(raw, **UNKNOWN_PARAMETERS)
    assert isinstance(value, Unknown)
    assert reason in value.reason


def test_ranges_of_an_unknown_block_are_as_many_as_asked_for_and_each_unknown():
    ranges = resolved({"Fn::Cidr": [{"Ref": "Name"}, 2, 8]}, **UNKNOWN_PARAMETERS)
    reason = "of parameter Name of template.yaml (no default)"
    assert ranges == [Unknown(f"range 0 {reason}"), Unknown(f"range 1 {reason}")]


def test_an_attribute_that_repeats_a_property_has_its_value_where_there_is_one():
    resources = (
        only(
            worlds(
                """
Resources:
  Subject: {Type: Custom::Subject, Properties: {Value: [!GetAtt B.AvailabilityZone, !GetAtt B.VpcId]}}
  B: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: !Ref AWS::NoValue, VpcId: vpc-1}}
"""
            )
        )
        .templates[0]
        .resources
    )
    assert resources["Subject"].properties["Value"] == [Attribute(TEMPLATE, "B", "AvailabilityZone"), "vpc-1"]


def test_mappings_are_looked_up_with_a_default():
    mappings = {"Sizes": {"small": {"Cpu": 256, "Zones": ["a", "b"]}}}
    raw = [
        {"Fn::FindInMap": ["Sizes", "small", "Cpu"]},
        {"Fn::FindInMap": ["Sizes", "small", "Zones"]},
        {"Fn::FindInMap": ["Sizes", "big", "Cpu", {"DefaultValue": {"Ref": "Vpc"}}]},
    ]
    assert resolved(raw, Mappings=mappings) == [256, ["a", "b"], VPC]


def test_an_entry_that_is_the_same_under_every_key_needs_no_key():
    principals = {"aws": {"eks": "eks.amazonaws.com", "ec2": "ec2"}, "aws-cn": {"eks": "eks.amazonaws.com"}}
    raw = [{"Fn::FindInMap": ["Principals", {"Ref": "AWS::Partition"}, name]} for name in ("eks", "ec2", "x")]
    with_default = {"Fn::FindInMap": [*raw[0]["Fn::FindInMap"], {"DefaultValue": "x"}]}
    unknown = Unknown("an entry of a mapping under AWS::Partition")
    values = resolved([*raw, with_default], Mappings={"Principals": principals})
    assert values == ["eks.amazonaws.com", unknown, unknown, unknown]


def test_sam_leaves_no_gap_where_it_makes_nothing():
    template = "Transform: AWS::Serverless-2016-10-31\nResources: {Topic: {Type: AWS::SNS::Topic}}"
    assert only(worlds(template)).templates[0].gaps == ()


def test_a_macro_leaves_a_gap_in_the_template():
    template = only(
        worlds(
            """
Transform: [AWS::Serverless-2016-10-31, AWS::LanguageExtensions]
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !Transform {Name: Double}}}
  Module: {Type: !Rain::Module vpc.yaml}
  Function: {Type: AWS::Serverless::Function}
  Link: {Type: AWS::Serverless::Connector}
"""
        )
    ).templates[0]
    assert list(template.resources) == ["Topic", "Function", "Link"]
    assert template.gaps == (
        "what the macro AWS::Serverless-2016-10-31 makes of this template",
        "what AWS::Serverless::Connector allows",
        "the resources that Module stands for",
        "what the macro Double makes",
    )


def test_a_macro_beside_other_properties_leaves_a_gap():
    template = """
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: a, Fn::Transform: {Name: AWS::Include}}}
"""
    assert only(worlds(template)).templates[0].gaps == ("what Fn::Transform adds",)


def test_a_resource_depends_on_what_it_names_and_on_what_its_properties_refer_to():
    resources = (
        only(
            worlds(
                """
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attachment:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Sub "${Gateway}"}
  Subnet:
    Type: AWS::EC2::Subnet
    DependsOn: [Attachment]
    Properties: {VpcId: !Ref Vpc, CidrBlock: !GetAtt Vpc.CidrBlock}
  Address: {Type: AWS::EC2::EIP, DependsOn: Attachment}
"""
            )
        )
        .templates[0]
        .resources
    )
    assert resources["Vpc"].depends_on == frozenset()
    assert resources["Attachment"].depends_on == {"Vpc", "Gateway"}
    assert resources["Subnet"].depends_on == {"Attachment", "Vpc"}
    assert resources["Address"].depends_on == {"Attachment"}


def test_loops_are_written_out():
    template = only(
        worlds(
            """
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList, Default: "a, b-c"}}
Resources:
  Fn::ForEach::Outer:
    - Name
    - !Ref Names
    - Queue&{Name}:
        Type: AWS::SQS::Queue
        Properties:
          QueueName: !Sub "queue-${Name}"
          Fn::ForEach::Inner: [Key, [X, Y], {"${Key}": !Ref Name}]
Outputs:
  Fn::ForEach::Arns:
    - Name
    - [a]
    - Arn${Name}: {Value: !GetAtt [!Sub "Queue${Name}", Arn]}
"""
        )
    ).templates[0]
    assert {name: queue.properties for name, queue in template.resources.items()} == {
        "Queuea": {"QueueName": "queue-a", "X": "a", "Y": "a"},
        "Queuebc": {"QueueName": "queue-b-c", "X": "b-c", "Y": "b-c"},
    }
    assert template.outputs == {"Arna": Attribute(TEMPLATE, "Queuea", "Arn")}
    assert template.gaps == ()


def test_a_loop_over_what_is_not_known_is_a_gap():
    template = only(
        worlds(
            """
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList}}
Resources:
  Fn::ForEach::Queues: [Name, !Ref Names, {"Queue${Name}": {Type: AWS::SQS::Queue}}]
"""
        )
    ).templates[0]
    assert template.resources == {}
    assert template.gaps == ("the resources that Fn::ForEach::Queues stands for",)
