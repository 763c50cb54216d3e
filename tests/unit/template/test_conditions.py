from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cais.template import Assembly, TemplateError, Unknown
from tests.unit.template.making import only, worlds

ATOMS = ("A", "B", "C")
CERTIFICATE = """
Parameters:
  Certificate: {Type: String}
Conditions:
  Http: !Equals [!Ref Certificate, ""]
  Https: !Not [!Condition Http]
Resources:
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: {Port: !If [Https, 443, 80], Certificates: !If [Http, !Ref AWS::NoValue, [x]]}
  Redirect: {Type: AWS::ElasticLoadBalancingV2::Listener, Condition: Https}
"""
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"


def listeners(assembly: Assembly) -> dict[str, Any]:
    return {resource.logical_id: resource.properties for resource in assembly.resources(LISTENER)}


def test_an_open_condition_makes_two_worlds_and_each_says_what_it_assumes():
    without, with_certificate = worlds(CERTIFICATE)
    assert without.assumptions == ('parameter Certificate of template.yaml (no default) is ""',)
    assert listeners(without) == {"Listener": {"Port": 80}}
    assert with_certificate.assumptions == ('parameter Certificate of template.yaml (no default) is not ""',)
    assert listeners(with_certificate) == {"Listener": {"Port": 443, "Certificates": ["x"]}, "Redirect": {}}
    assert without.all_worlds
    assert with_certificate.all_worlds


def test_a_given_parameter_leaves_one_world():
    assembly = only(worlds(CERTIFICATE, parameters={"Certificate": "arn"}))
    assert assembly.assumptions == ()
    assert listeners(assembly)["Listener"]["Port"] == 443


def test_a_reference_to_a_resource_that_is_not_made_says_so():
    template = """
Conditions: {Never: !Equals [a, b]}
Resources:
  Queue: {Type: AWS::SQS::Queue, Condition: Never}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !GetAtt Queue.QueueName}}
"""
    assembly = only(worlds(template))
    (topic,) = assembly.resources("AWS::SNS::Topic")
    reason = "Queue.QueueName, since template.yaml does not make it under its condition"
    assert topic.properties["TopicName"] == Unknown(reason)
    assert topic.depends_on == frozenset()


def test_one_parameter_has_one_value_in_each_world():
    template = """
Parameters: {Stage: {Type: String, AllowedValues: [dev, test, prod]}}
Conditions:
  Dev: !Equals [!Ref Stage, dev]
  Test: !Equals [test, !Ref Stage]
  Prod: !Equals [!Ref Stage, prod]
  Other: !Equals [!Ref Stage, other]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {Stage: [!If [Dev, d, ""], !If [Test, t, ""], !If [Prod, p, ""], !If [Other, o, ""]]}
"""
    stages = [next(world.resources("AWS::SQS::Queue")).properties["Stage"] for world in worlds(template)]
    assert stages == [["d", "", "", ""], ["", "t", "", ""], ["", "", "p", ""]]


def test_the_same_question_in_two_conditions_has_the_same_answer():
    template = """
Parameters: {Name: {Type: String}}
Conditions:
  One: !Equals [!Ref Name, x]
  Two: !Equals [x, !Ref Name]
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {Same: [!If [One, 1, 0], !If [Two, 1, 0]]}}
"""
    pairs = [next(world.resources("AWS::SQS::Queue")).properties["Same"] for world in worlds(template)]
    assert pairs == [[1, 1], [0, 0]]


def test_what_is_unknown_for_the_same_reason_may_differ():
    template = """
Conditions: {Same: !Equals [!Sub ["${A}", {A: [x]}], !Sub ["${A}", {A: [y]}]]}
Resources: {Queue: {Type: AWS::SQS::Queue, Condition: Same}}
"""
    assert [len(world.templates[0].resources) for world in worlds(template)] == [1, 0]


def test_what_decides_anyway_is_not_assumed():
    template = """
Parameters: {Name: {Type: String}}
Conditions:
  Open: !Equals [!Ref Name, x]
  Never: !And [!Condition Open, !Equals [a, b]]
  Always: !Or [!Condition Open, !Equals [1, "1"]]
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {Value: [!If [Never, 1, 0], !If [Always, 1, 0]]}}
"""
    assembly = only(worlds(template))
    assert next(assembly.resources("AWS::SQS::Queue")).properties["Value"] == [0, 1]


def test_more_worlds_than_are_looked_at_are_not_all():
    names = [f"P{i}" for i in range(5)]
    template = {
        "Parameters": {name: {"Type": "String"} for name in names},
        "Conditions": {name: {"Fn::Equals": [{"Ref": name}, "x"]} for name in names},
        "Resources": {f"Q{name}": {"Type": "AWS::SQS::Queue", "Condition": name} for name in names},
    }
    seen = worlds(template)
    assert len(seen) == 8
    assert not any(world.all_worlds for world in seen)
    made = [{queue.logical_id for queue in world.resources("AWS::SQS::Queue")} for world in seen]
    everything = {f"Q{name}" for name in names}
    assert made[:6] == [everything, *(everything - {f"Q{name}"} for name in names)]


def test_a_condition_that_is_not_defined_is_open():
    template = "Resources: {Queue: {Type: AWS::SQS::Queue, Condition: Missing}}"
    assert [list(world.templates[0].resources) for world in worlds(template)] == [["Queue"], []]


@pytest.mark.parametrize(
    ("sections", "problem"),
    [
        (
            "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}",
            "condition A refers to itself: condition A -> condition B -> condition A; break the circle",
        ),
        (
            "Outputs: {A: {Value: !ImportValue a, Export: {Name: a}}}",
            "output A refers to itself: output A -> output A; break the circle",
        ),
    ],
)
def test_circles_are_named(sections: str, problem: str):
    template = f"{sections}\nResources: {{Queue: {{Type: AWS::SQS::Queue, Condition: A}}}}"
    with pytest.raises(TemplateError, match="refers to itself") as caught:
        worlds(template)
    assert problem in str(caught.value)


def test_resources_that_wait_for_each_other_are_named():
    template = """
Resources:
  A: {Type: AWS::SQS::Queue, DependsOn: B}
  B: {Type: AWS::SQS::Queue, Properties: {Name: !Ref A}}
"""
    with pytest.raises(
        TemplateError, match=r"resources wait in a circle: (A -> B -> A|B -> A -> B); break it"
    ):
        worlds(template)


def test_what_sam_makes_of_one_resource_need_not_wait_in_a_circle():
    template = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Api: {Type: AWS::Serverless::HttpApi, Properties: {AccessLogSettings: {DestinationArn: !GetAtt Logs.Arn}}}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub "/api/${Api}"}}
"""
    assert set(only(worlds(template)).templates[0].resources) == {"Api", "Logs"}


def test_a_world_that_cannot_be_deployed_is_left_out_and_missed():
    template = """
Parameters: {Name: {Type: String}}
Conditions: {Open: !Equals [!Ref Name, x]}
Resources:
  A: {Type: AWS::SQS::Queue, Properties: {Name: !If [Open, !Ref B, b]}}
  B: {Type: AWS::SQS::Queue, DependsOn: A}
"""
    assembly = only(worlds(template))
    assert assembly.assumptions == ('parameter Name of template.yaml (no default) is not "x"',)
    assert not assembly.all_worlds


formulas = st.recursive(
    st.sampled_from(ATOMS).map(lambda atom: {"Condition": atom}),
    lambda inner: st.one_of(
        inner.map(lambda formula: {"Fn::Not": [formula]}),
        st.lists(inner, min_size=2, max_size=3).map(lambda operands: {"Fn::And": operands}),
        st.lists(inner, min_size=2, max_size=3).map(lambda operands: {"Fn::Or": operands}),
    ),
    max_leaves=6,
)


def truth(formula: dict[str, Any], holds: dict[str, bool]) -> bool:
    ((name, argument),) = formula.items()
    if name == "Condition":
        return holds[argument]
    operands = [truth(operand, holds) for operand in argument]
    return not operands[0] if name == "Fn::Not" else all(operands) if name == "Fn::And" else any(operands)


@given(formula=formulas)
def test_conditions_are_boolean_algebra(formula: dict[str, Any]):
    template = {
        "Parameters": {atom: {"Type": "String"} for atom in ATOMS},
        "Conditions": {atom: {"Fn::Equals": [{"Ref": atom}, "x"]} for atom in ATOMS} | {"Formula": formula},
        "Resources": {
            "Subject": {
                "Type": "Custom::Subject",
                "Properties": {"Value": {"Fn::If": ["Formula", True, False]}},
            },
            **{f"Queue{atom}": {"Type": "AWS::SQS::Queue", "Condition": atom} for atom in ATOMS},
        },
    }
    table = {}
    for world in worlds(template):
        resources = world.templates[0].resources
        table[tuple(f"Queue{atom}" in resources for atom in ATOMS)] = resources["Subject"].properties["Value"]
    rows = list(product([True, False], repeat=len(ATOMS)))
    assert table == {row: truth(formula, dict(zip(ATOMS, row, strict=True))) for row in rows}
