from __future__ import annotations

from typing import Any

import pytest
import yaml

from cais.template import yaml_reader
from cais.template.limits import UnreadableError
from cais.template.yaml_reader import parse_yaml


@pytest.fixture(params=["libyaml", "pure Python"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    loader = yaml.CSafeLoader if request.param == "libyaml" else yaml.SafeLoader
    monkeypatch.setattr(yaml_reader, "LOADER", loader)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref Vpc", {"Ref": "Vpc"}),
        ("!Condition Http", {"Condition": "Http"}),
        ("!GetAtt Vpc.CidrBlock", {"Fn::GetAtt": "Vpc.CidrBlock"}),
        ("!GetAtt [Vpc, CidrBlock]", {"Fn::GetAtt": ["Vpc", "CidrBlock"]}),
        ("!Sub ${A}", {"Fn::Sub": "${A}"}),
        ("!Sub\n- ${A}\n- A: !Ref B", {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]}),
        ("!If [A, !Ref B, 2]", {"Fn::If": ["A", {"Ref": "B"}, 2]}),
        ("Fn::Sub: !Ref A", {"Fn::Sub": {"Ref": "A"}}),
        ("!GetAZs", {"Fn::GetAZs": ""}),
        ("!Base64 012", {"Fn::Base64": "012"}),
    ],
)
def test_short_tags_are_functions(text: str, value: Any):
    assert parse_yaml(text)[0] == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("80", 80),
        ('"80"', "80"),
        ("!!str 80", "80"),
        ("! 80", "80"),
        ("!!int '80'", 80),
        ("0.5", 0.5),
        ("true", True),
        ("No", False),
        ("~", None),
        ("", None),
        ("2012-10-17", "2012-10-17"),
        ("012345678901", "012345678901"),
        ("123456789012", 123456789012),
        ("arn:aws:iam::1:role/x", "arn:aws:iam::1:role/x"),
        ("|\n  a\n  b\n", "a\nb\n"),
    ],
)
def test_scalars_are_what_cloudformation_takes_them_for(text: str, value: Any):
    found, _ = parse_yaml(f"key: {text}")
    assert found == {"key": value}
    assert type(found["key"]) is type(value)


def test_keys_are_strings():
    assert parse_yaml("{123456789012: a, true: b, ~: c, 2012-10-17: d}")[0] == {
        "123456789012": "a",
        "true": "b",
        "~": "c",
        "2012-10-17": "d",
    }


def test_aliases_repeat_and_merge_keys_fill_in():
    text = """
base: &base {a: 1, b: 2}
again: *base
one: {<<: *base, b: 3}
two: {b: 4, <<: [{a: 5, c: 6}, *base]}
name: &name x
names: [*name, *name]
"""
    found, _ = parse_yaml(text)
    assert found["again"] == {"a": 1, "b": 2}
    assert found["one"] == {"a": 1, "b": 3}
    assert found["two"] == {"a": 5, "b": 4, "c": 6}
    assert found["names"] == ["x", "x"]


def test_resources_have_lines():
    text = """Parameters:
  Vpc: {}
Resources:
  A:
    Type: x

  # a comment
  B: {Type: y}
Outputs:
  C: {}
"""
    assert parse_yaml(text)[1] == {"A": 4, "B": 8}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: {c: 1, c: 2}", 'has the key "c" twice in one mapping, again on line 2'),
        ("a: [1, 2", "is not YAML on line "),
        ("a:\n\tb: 1", "is not YAML on line 2"),
        ("a: \x07", "is not YAML: unacceptable character"),
        ("a: 1\n---\nb: 2", "holds more than one YAML document"),
        ("[a, b]: c", "has a key on line 1 that is no plain text"),
        ("? {a: b}\n: c", "has a key on line 1 that is no plain text"),
        (
            "a: !!python/object/apply:os.system [ls]",
            "has the tag tag:yaml.org,2002:python/object/apply:os.system",
        ),
        ("a: *b", "has the alias *b on line 1, of nothing before it"),
        ("a: &a [*a]", "has the alias *a on line 1, of nothing before it"),
        ("a: &k x\n*k : b", "has a key on line 2 that is no plain text"),
        ("a: {<<: b}", 'has "<<" before a value that is no mapping'),
        (f"a: {'[' * 200}", "is nested more than 100 levels deep"),
        ("- " * 150, "is nested more than 100 levels deep on line 1"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, problem: str):
    with pytest.raises(UnreadableError) as caught:
        parse_yaml(text)
    assert problem in str(caught.value)


def test_a_billion_laughs_end_soon():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 20)]
    with pytest.raises(UnreadableError, match="holds more than 500000 values, aliases written out"):
        parse_yaml("\n".join(lines))
