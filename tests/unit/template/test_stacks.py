from __future__ import annotations

import pytest

from cais.template import Attribute, Pseudo, TemplateError, Text, Unknown
from tests.unit.template.making import loaded, only

NETWORK = """
Parameters: {Cidr: {Type: String}, Zones: {Type: CommaDelimitedList}}
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: !Ref Cidr, Zone: !Select [1, !Ref Zones], Name: !Ref AWS::Region}
Outputs:
  Vpc: {Value: !Ref Vpc, Export: {Name: !Sub "${AWS::Region}-vpc"}}
  Range: {Value: !GetAtt Vpc.CidrBlock}
"""
PARENT = """
Parameters: {Cidr: {Type: String, Default: 10.0.0.0/16}}
Resources:
  Network:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: modules/network.yaml
      Parameters: {Cidr: !Ref Cidr, Zones: [a, b]}
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      VpcId: !GetAtt Network.Outputs.Vpc
      Range: !GetAtt Network.Outputs.Range
      No: !GetAtt Network.Outputs.No
"""
VPC = Attribute("network.yaml", "Vpc", "Ref")


def test_a_nested_stack_gets_its_parameters_and_its_outputs_are_followed():
    assembly = only(loaded({"parent.yaml": PARENT, "modules/network.yaml": NETWORK}))
    assert [template.name for template in assembly.templates] == ["parent.yaml", "network.yaml"]
    (vpc,) = assembly.resources("AWS::EC2::VPC")
    assert vpc.properties == {"CidrBlock": "10.0.0.0/16", "Zone": "b", "Name": Pseudo("AWS::Region")}
    (group,) = assembly.resources("AWS::EC2::SecurityGroup")
    assert group.properties == {
        "VpcId": VPC,
        "Range": "10.0.0.0/16",
        "No": Unknown("output No of network.yaml, which is missing"),
    }
    assert group.depends_on == {"Network"}


def test_a_parameter_without_value_has_its_default_in_a_nested_stack():
    parent = PARENT.replace("Cidr: !Ref Cidr, Zones", "Cidr: !Ref AWS::NoValue, Zones")
    files = {"parent.yaml": parent, "modules/network.yaml": NETWORK.replace("String}", "String, Default: a}")}
    (vpc,) = only(loaded(files)).resources("AWS::EC2::VPC")
    assert vpc.properties["CidrBlock"] == "a"


def test_pseudo_parameters_reach_nested_stacks():
    files = {"parent.yaml": PARENT, "modules/network.yaml": NETWORK}
    (vpc,) = only(loaded(files, parameters={"AWS::Region": "eu-west-1"})).resources("AWS::EC2::VPC")
    assert vpc.properties["Name"] == "eu-west-1"


def test_a_template_that_is_nested_twice_is_two_stacks():
    parent = """
Resources:
  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./network.yaml, Parameters: {Cidr: a}}}
  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./network.yaml, Parameters: {Cidr: b}}}
"""
    assembly = only(loaded({"parent.yaml": parent, "network.yaml": NETWORK}))
    ranges = {vpc.template: vpc.properties["CidrBlock"] for vpc in assembly.resources("AWS::EC2::VPC")}
    assert ranges == {"network.yaml": "a", "network.yaml (B)": "b"}


def test_the_output_of_a_template_that_is_elsewhere_is_unknown():
    parent = PARENT.replace("modules/network.yaml", "https://example.com/network.yaml")
    (group,) = only(loaded({"parent.yaml": parent})).resources("AWS::EC2::SecurityGroup")
    assert group.properties["VpcId"] == Unknown(
        "output Vpc of nested stack Network, whose template is not here"
    )


def test_a_template_nested_in_itself_is_named():
    parent = "Resources: {Me: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: parent.yaml}}}"
    with pytest.raises(
        TemplateError, match=r"parent\.yaml: is nested in itself or in 20 other stacks; nest less"
    ):
        loaded({"parent.yaml": parent})


def test_imports_are_followed_to_the_export_of_another_template():
    importer = """
Resources:
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !ImportValue {"Fn::Sub": "${AWS::Region}-vpc"}}}
"""
    (group,) = only(loaded({"a.yaml": importer, "network.yaml": NETWORK})).resources(
        "AWS::EC2::SecurityGroup"
    )
    assert group.properties["VpcId"] == VPC


def test_an_export_named_after_the_stack_needs_the_name_of_the_stack():
    exporter = """
Resources: {Vpc: {Type: AWS::EC2::VPC}}
Outputs: {Vpc: {Value: !Ref Vpc, Export: {Name: !Sub "${AWS::StackName}-vpc"}}}
"""
    importer = """
Parameters: {Network: {Type: String, Default: main}}
Resources:
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !ImportValue {"Fn::Sub": "${Network}-vpc"}}}
"""
    files = {"importer.yaml": importer, "network.yaml": exporter}
    (group,) = only(loaded(files)).resources("AWS::EC2::SecurityGroup")
    assert group.properties["VpcId"] == Unknown('export "main-vpc", which no template here makes')
    named = loaded(files, parameters={"network:AWS::StackName": "main"})
    (group,) = only(named).resources("AWS::EC2::SecurityGroup")
    assert group.properties["VpcId"] == VPC


def test_an_import_named_after_its_own_stack_finds_no_export_of_another():
    exporter = """
Resources: {Vpc: {Type: AWS::EC2::VPC}}
Outputs: {Vpc: {Value: !Ref Vpc, Export: {Name: !Sub "${AWS::StackName}-vpc"}}}
"""
    importer = """
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: {VpcId: !ImportValue {"Fn::Sub": "${AWS::StackName}-vpc"}}
"""
    (group,) = only(loaded({"a.yaml": importer, "b.yaml": exporter})).resources("AWS::EC2::SecurityGroup")
    assert isinstance(group.properties["VpcId"], Unknown)


def test_a_nested_stack_whose_condition_fails_is_not_there():
    parent = """
Conditions: {Never: !Equals [a, b]}
Resources:
  A: {Type: AWS::CloudFormation::Stack, Condition: Never, Properties: {TemplateURL: network.yaml}}
  Queue: {Type: AWS::SQS::Queue}
"""
    assembly = only(loaded({"parent.yaml": parent, "network.yaml": NETWORK}))
    assert [template.name for template in assembly.templates] == ["parent.yaml"]


def test_an_export_that_two_templates_make_is_unknown():
    exporter = "Resources: {A: {Type: AWS::EC2::VPC}}\nOutputs: {A: {Value: !Ref A, Export: {Name: x}}}"
    importer = "Resources: {G: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !ImportValue x}}}"
    (group,) = only(loaded({"a.yaml": exporter, "b.yaml": exporter, "c.yaml": importer})).resources(
        "AWS::EC2::SecurityGroup"
    )
    assert group.properties["VpcId"] == Unknown('export "x", which several templates make')


def test_templates_of_one_file_name_are_told_apart_by_their_paths():
    template = """
Resources:
  Topic: {Type: AWS::SNS::Topic}
  Queue: {Type: AWS::SQS::Queue, Properties: {Name: !Sub "${Topic}-x"}}
"""
    assembly = only(loaded({"a/t.yaml": template, "b/t.yaml": template}))
    first, second = assembly.templates
    assert first.name != second.name
    assert first.name.endswith("a/t.yaml")
    assert first.resources["Queue"].template == first.name
    assert (
        Text((Attribute(second.name, "Topic", "Ref"), "-x")) == second.resources["Queue"].properties["Name"]
    )
