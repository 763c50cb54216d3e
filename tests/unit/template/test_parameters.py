from __future__ import annotations

from typing import Any

import pytest

from cais.template import Pseudo, TemplateError, Unknown, Value
from tests.unit.template.making import loaded, only, resolved, worlds

TEMPLATE = """
Parameters: {Port: {Type: Number, Default: 80}}
Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {Port: !Ref Port, Region: !Ref AWS::Region}}}
"""


def queue(template: str, parameters: dict[str, str]) -> dict[str, object]:
    return dict(next(only(worlds(template, parameters=parameters)).resources("AWS::SQS::Queue")).properties)


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ({"Type": "String", "Default": "a"}, "a"),
        ({"Type": "String", "Default": 12}, "12"),
        ({"Type": "String", "Default": True}, "true"),
        ({"Type": "String", "Default": ""}, ""),
        ({"Type": "Number", "Default": "80"}, 80),
        ({"Type": "Number", "Default": "-0.5"}, -0.5),
        ({"Type": "Number", "Default": "eighty"}, "eighty"),
        ({"Type": "CommaDelimitedList", "Default": "a, b"}, ["a", "b"]),
        ({"Type": "List<Number>", "Default": "80,443"}, [80, 443]),
        ({"Type": "List<AWS::EC2::Subnet::Id>", "Default": "subnet-1,subnet-2"}, ["subnet-1", "subnet-2"]),
        ({"Type": "AWS::EC2::VPC::Id", "Default": "vpc-1"}, "vpc-1"),
        ({"Type": "String"}, Unknown("parameter Given of template.yaml (no default)")),
        (
            {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", "Default": "/ami"},
            Unknown("parameter Given of template.yaml (SSM parameter /ami, read at deployment)"),
        ),
    ],
)
def test_a_parameter_has_its_default_in_its_type(declared: dict[str, Any], value: Value):
    found = resolved({"Ref": "Given"}, Parameters={"Given": declared})
    assert found == value
    assert type(found) is type(value)


def test_a_given_value_wins_over_the_default():
    assert queue(TEMPLATE, {"Port": "8000"}) == {"Port": 8000, "Region": Pseudo("AWS::Region")}


def test_a_given_value_stands_for_an_ssm_parameter():
    template = TEMPLATE.replace(
        "Type: Number, Default: 80", "Type: 'AWS::SSM::Parameter::Value<List<String>>'"
    )
    assert queue(template, {"Port": "a,b"})["Port"] == ["a", "b"]


def test_pseudo_parameters_can_be_given():
    assert queue(TEMPLATE, {"AWS::Region": "eu-west-1"})["Region"] == "eu-west-1"


def test_the_value_for_one_stack_wins():
    assembly = only(
        loaded(
            {"a.yaml": TEMPLATE, "b.yaml": TEMPLATE},
            parameters={"b:Port": "2", "Port": "1", "a:AWS::Region": "x"},
        )
    )
    found = {queue.template: dict(queue.properties) for queue in assembly.resources("AWS::SQS::Queue")}
    assert found == {
        "a.yaml": {"Port": 1, "Region": "x"},
        "b.yaml": {"Port": 2, "Region": Pseudo("AWS::Region")},
    }


def test_parameters_that_no_template_has_are_named_all_at_once():
    with pytest.raises(TemplateError) as caught:
        worlds(TEMPLATE, parameters={"Prot": "1", "Stack:Port": "1", "template:Port": "1"})
    assert caught.value.problems == (
        "--parameter Prot: no template here has a parameter Prot; they have: Port",
        "--parameter Stack:Port: no template here is called Stack; name one of template.yaml",
    )
