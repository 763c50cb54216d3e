"""Input that nobody should send, or that somebody sends on purpose: a result or a TemplateError, soon."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cais.template import Assembly, TemplateError, Unknown, load
from cais.template.functions import FUNCTIONS
from cais.template.limits import LARGEST
from tests.unit.template.making import loaded, only, worlds

QUEUE = '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}'


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty; write a template into it"),
        (b" \n\n", "is empty; write a template into it"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"\x7fELF\x01\x02", "is not YAML: unacceptable character"),
        (b'{"a": ', "is not JSON: Expecting value: line 1 column 7"),
        (b'{"a": NaN}', "is not JSON: NaN is no JSON number"),
        (b'{"a": 1, "a": 2}', 'has the key "a" twice in one mapping; remove one'),
        (b'{"a": ' + b"1" * 5000 + b"}", "is not JSON"),
        (b"{" + b'"a":{' * 150 + b"}" * 151, "is nested more than 100 levels deep"),
        (b'{"a":' * 100_000, "is nested more than 100 levels deep"),
        (b"[" * 100_000, "is nested more than 100 levels deep"),
        (b"[]", "has no Resources mapping"),
        (b"text", "has no Resources mapping"),
        (b"Resources: []", "has no Resources mapping"),
        (b"Resources: {A: 1}", "resource A has no Type; write one, such as AWS::EC2::VPC"),
        (b"Resources: {A: {Type: [x]}}", "resource A has no Type"),
        (b"Resources: {A: {Type: x, Properties: []}}", "Properties of resource A is no mapping"),
        (
            b"{Transform: AWS::LanguageExtensions, Resources: {'Fn::ForEach::X': [I, [a], {B: {Ref: [I]}}]}}",
            "resource B has no Type",
        ),
    ],
)
def test_a_file_that_is_no_template_is_said_to_be_none(tmp_path: Path, content: bytes, problem: str):
    path = tmp_path / ("template.json" if content.startswith(b'{"') else "template.yaml")
    path.write_bytes(content)
    with pytest.raises(TemplateError) as caught:
        load([path])
    assert str(caught.value).startswith(f"{path}: {problem}")


def test_a_file_too_large_is_not_read(tmp_path: Path):
    path = tmp_path / "template.json"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(TemplateError, match=r"is larger than 10 MB \(CloudFormation takes 1\); split it"):
        load([path])


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path):
    pipe = tmp_path / "template.json"
    os.mkfifo(pipe)
    with pytest.raises(TemplateError, match="is no file; check the path"):
        load([pipe])


def test_every_problem_of_every_file_is_named(tmp_path: Path):
    (tmp_path / "bad.json").write_text('{"Resources": "AWS::"')
    (tmp_path / "worse.yaml").write_text("Resources: {A: {}, B: {}} # AWS::")
    missing = tmp_path / "missing"
    with pytest.raises(TemplateError) as caught:
        load([tmp_path, missing])
    files = [problem.partition(": ")[0] for problem in caught.value.problems]
    assert files == [str(tmp_path / name) for name in ("bad.json", "worse.yaml", "worse.yaml", "missing")]


def test_a_folder_without_templates_is_said_to_have_none(tmp_path: Path):
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "template.txt").write_text(QUEUE)
    with pytest.raises(TemplateError, match="holds no template; name one, or run `cdk synth` first"):
        load([tmp_path])


def test_resources_of_json_have_lines(tmp_path: Path):
    resources = {"A": {"Type": "x", "Properties": {"B": {}}}, "B": {"Type": "y"}}
    template = json.dumps({"Parameters": {"P": {"Type": "String"}}, "Resources": resources}, indent=1)
    path = tmp_path / "template.json"
    path.write_text(template)
    found = only(load([path])).templates[0].resources
    lines = [template.splitlines()[(found[name].line or 0) - 1] for name in "AB"]
    assert lines == ['  "A": {', '  "B": {']


def test_a_folder_may_be_named_from_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "template.json").write_text(QUEUE)
    monkeypatch.chdir(tmp_path)
    assert [template.path for template in only(load([Path("a")])).templates] == [Path("a/template.json")]


def test_links_that_lead_back_end(tmp_path: Path):
    (tmp_path / "template.json").write_text(QUEUE)
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    (tmp_path / "same.json").symlink_to(tmp_path / "template.json")
    assert [template.name for template in only(load([tmp_path])).templates] == ["same.json"]


def test_a_folder_of_very_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cais.template.collect.MOST_FILES", 2)
    for name in "abc":
        (tmp_path / f"{name}.json").write_text(QUEUE)
    with pytest.raises(TemplateError, match="holds more than 2 files; name a smaller folder"):
        load([tmp_path])


def test_stages_that_hold_each_other_end(tmp_path: Path):
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"stage": stage}}))
    with pytest.raises(TemplateError, match="holds no template"):
        load([tmp_path])


def test_strings_that_double_end():
    values: list[Any] = ["x", *({"Fn::Join": ["", [{"Fn::ImportValue": f"e{i}"}] * 10]} for i in range(40))]
    exported = {f"O{i}": {"Value": value, "Export": {"Name": f"e{i}"}} for i, value in enumerate(values)}
    queue = {"Queue": {"Type": "AWS::SQS::Queue"}}
    outputs = only(worlds({"Resources": queue, "Outputs": exported})).templates[0].outputs
    assert outputs["O5"] == "x" * 10**5
    assert outputs["O7"] == Unknown("a string of more than 1000000 characters or 10000 parts")


def test_conditions_that_double_end():
    conditions: dict[str, Any] = {
        f"C{i}": {"Fn::And": [{"Condition": f"C{i - 1}"}] * 10} for i in range(1, 30)
    }
    conditions["C0"] = {"Fn::Equals": [{"Ref": "Name"}, "x"]}
    template = {
        "Parameters": {"Name": {"Type": "String"}},
        "Conditions": conditions,
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Condition": "C29"}},
    }
    assert [len(world.templates[0].resources) for world in worlds(template)] == [1, 0]


def test_conditions_that_are_very_many_end():
    names = [f"P{i}" for i in range(2000)]
    template = {
        "Parameters": {name: {"Type": "String"} for name in names},
        "Conditions": {f"C{name}": {"Fn::Equals": [{"Ref": name}, "x"]} for name in names},
        "Resources": {f"R{name}": {"Type": "AWS::SQS::Queue", "Condition": f"C{name}"} for name in names},
    }
    seen = worlds(template)
    assert len(seen) == 8
    assert not any(world.all_worlds for world in seen)


def test_a_chain_of_conditions_that_is_too_long_is_refused():
    conditions: dict[str, Any] = {f"C{i}": {"Fn::Not": [{"Condition": f"C{i + 1}"}]} for i in range(2000)}
    template = {
        "Conditions": conditions,
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Condition": "C0"}},
    }
    with pytest.raises(TemplateError, match="the templates refer to each other too often or too deeply"):
        worlds(template)


def test_a_circle_of_very_many_resources_is_told_in_a_line():
    waits = [f"A{i}: {{Type: 'AWS::SNS::Topic', DependsOn: A{(i + 1) % 5000}}}" for i in range(5000)]
    with pytest.raises(TemplateError, match=r"resources wait in a circle: A[^;]*…; break it") as caught:
        worlds("Resources: {" + ", ".join(waits) + "}")
    assert len(str(caught.value)) < 500


def test_lists_that_are_taken_again_and_again_end():
    joins = [{"Fn::Join": ["", {"Ref": "Names"}]}] * 1000
    template = {
        "Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": "x," * 10_000}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Joins": joins}}},
    }
    with pytest.raises(TemplateError, match="the templates refer to each other too often or too deeply"):
        worlds(template)


def test_a_template_of_very_many_resources_is_refused():
    template = {"Resources": {f"Queue{i}": {"Type": "AWS::SQS::Queue"} for i in range(20_001)}}
    with pytest.raises(
        TemplateError, match=r"has more than 20000 resources \(CloudFormation takes 500\); split it"
    ):
        worlds(template)


def test_stacks_that_multiply_end():
    nest = "{Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: n%s.yaml}}"
    files = {
        f"n{i}.yaml": f"Resources: {{A: {nest % (i + 1)}, B: {nest % (i + 1)}}} # AWS::" for i in range(15)
    }
    files["n15.yaml"] = "Resources: {A: {Type: AWS::SQS::Queue}}"
    with pytest.raises(TemplateError, match="is one of more than 500 stacks; name fewer"):
        loaded(files)


def test_loops_that_multiply_end():
    body: Any = {"Q${A}${B}${C}${D}": {"Type": "AWS::SQS::Queue", "Properties": {"Name": "x" * 100}}}
    for name in "ABCD":
        body = {f"Fn::ForEach::{name}": [name, [str(i) for i in range(100)], body]}
    with pytest.raises(TemplateError, match="grows beyond 10 MB with Fn::ForEach; loop over less"):
        worlds({"Transform": "AWS::LanguageExtensions", "Resources": body})


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["A", "B", "P", "", "${A.B}", "AWS::Region"])
)
names = st.sampled_from(
    [*FUNCTIONS, "Fn::And", "Fn::Equals", "Condition", "Fn::ForEach::X", "A", "DefaultValue"]
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=2),
    max_leaves=12,
)
resources = st.dictionaries(
    st.sampled_from(["A", "B", "Fn::ForEach::X"]),
    st.fixed_dictionaries(
        {"Type": st.sampled_from(["AWS::EC2::Subnet", "AWS::CloudFormation::Stack"]) | values},
        optional={
            "Properties": st.dictionaries(st.sampled_from(["VpcId", "TemplateURL", "Parameters"]), values),
            "Condition": values,
            "DependsOn": values,
            "Metadata": values,
        },
    )
    | values,
    max_size=2,
)
sections = st.dictionaries(st.sampled_from(["A", "B", "P", "C"]), values)
templates = st.fixed_dictionaries(
    {"Resources": resources},
    optional={
        "Parameters": sections | values,
        "Conditions": sections | values,
        "Mappings": sections | values,
        "Outputs": sections | values,
        "Transform": st.sampled_from(["AWS::LanguageExtensions"]) | values,
    },
)


def result(path: Path) -> tuple[Assembly, ...] | str:
    """What comes of a file: worlds, or the text of the only error that may come."""
    try:
        return load([path])
    except TemplateError as error:
        return str(error)


@settings(derandomize=True, max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(template=templates)
def test_wrong_types_everywhere_end_in_a_result_or_a_clear_error(tmp_path: Path, template: dict[str, Any]):
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template))
    assert result(path)


@settings(derandomize=True, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200) | st.text("{}[]&*!:-,\"'| \n\tabR<", max_size=60).map(str.encode))
def test_any_bytes_end_in_a_result_or_a_clear_error(tmp_path: Path, content: bytes):
    for name in ("template.json", "template.yaml"):
        path = tmp_path / name
        path.write_bytes(content)
        assert result(path)


@settings(derandomize=True, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(manifest=values, artifact=values, metadata=values)
def test_any_manifest_ends_in_a_result_or_a_clear_error(
    tmp_path: Path, manifest: Any, artifact: Any, metadata: Any
):
    (tmp_path / "A.template.json").write_text(QUEUE)
    stack = {
        "type": "aws:cloudformation:stack",
        "properties": {"templateFile": "A.template.json"},
        "environment": metadata,
        "metadata": {"/A": metadata},
        "dependencies": manifest,
    }
    assets = {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}}
    (tmp_path / "assets.json").write_text(json.dumps({"files": manifest, "dockerImages": {"A": artifact}}))
    artifacts = {"A": stack, "B": artifact, "C": assets}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    assert result(tmp_path)
