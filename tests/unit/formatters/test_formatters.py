"""Each format as its readers take it: whole documents, with what a hostile template could put into them."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from msgspec.structs import replace

from cais.formatters import FORMATS, render
from cais.formatters.view import View
from tests.unit.formatters.examples import REFUTED, VIEW
from tests.unit.formatters.sarif_shape import SARIF

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/reference/preflight.schema.json").read_text())
NOTHING = View(summary={"proven": 0, "refuted": 0, "unproven": 0}, findings=())


def test_text_tells_each_finding_with_its_place_proof_and_fix():
    assert render(VIEW, as_format="text").splitlines() == [
        "EcsStack/Service",
        "  refuted   HLT103  The load balancer cannot reach the task: 100% of port 8000, closed",
        (
            "    at cdk.out/EcsStack.template.json:12 ServiceGroup"
            " (AWS::EC2::SecurityGroup, EcsStack/Service/Group)"
        ),
        "    1. Balancer sends to Targets",
        "    2. ServiceGroup admits port 80",
        "    fix: Open port 8000.",
        "",
        "web.yaml",
        '  unproven  IMG109  Not proven: the image "<web>" exists',
        "    at a b/web.yaml Task (AWS::ECS::TaskDefinition)",
        "    settle: aws ecr describe-images",
        "  advice    DEP106  No circuit breaker �[31m::error::injected",
        "    at a b/web.yaml Task (AWS::ECS::TaskDefinition)",
        "    fix: Enable it.",
        "  proven    IMG106  The role trusts ECS",
        "    at a b/web.yaml Task (AWS::ECS::TaskDefinition)",
        "",
        "Not read: macro M of web.yaml",
        "refuted   EcsStack/Service: 1 refuted, 0 unproven, 7 proven",
        "proven    web.yaml Task: 0 refuted, 0 unproven, 2 proven",
        "1 refuted, 1 unproven, 1 advice, 1 proven",
    ]


def test_text_is_coloured_only_when_asked_for():
    assert "\033[31mrefuted" in render(replace(VIEW, color=True), as_format="text")
    assert "\033" not in render(VIEW, as_format="text")


def test_json_is_what_its_schema_says():
    document = json.loads(render(VIEW, as_format="json"))
    jsonschema.validate(document, SCHEMA)
    assert document["summary"] == {"proven": 1, "refuted": 1, "unproven": 1}
    assert document["findings"][0] == {
        "rule": "HLT103",
        "verdict": "refuted",
        "speed": "slow",
        "causes": ["H4"],
        "subject": {
            "template": "EcsStack.template.json",
            "logicalId": "ServiceGroup",
            "type": "AWS::EC2::SecurityGroup",
            "constructPath": "EcsStack/Service/Group",
        },
        "message": "The load balancer cannot reach the task: 100% of port 8000, closed",
        "evidence": ["Balancer sends to Targets", "ServiceGroup admits port 80"],
        "fix": "Open port 8000.",
    }


def test_github_commands_are_escaped():
    assert render(VIEW, as_format="github").splitlines() == [
        (
            "::error file=cdk.out/EcsStack.template.json,line=12,title=HLT103 EcsStack/Service/Group::"
            "The load balancer cannot reach the task: 100%25 of port 8000, closed%0ABalancer sends to Targets"
            "%0AServiceGroup admits port 80%0AFix: Open port 8000."
        ),
        (
            '::warning file=a b/web.yaml,title=IMG109 Task::Not proven: the image "<web>" exists'
            "%0AFix: aws ecr describe-images"
        ),
        (
            "::notice file=a b/web.yaml,title=DEP106 Task::No circuit breaker%0A\x1b[31m::error::injected"
            "%0AFix: Enable it."
        ),
    ]


def test_junit_has_a_suite_a_service_and_a_case_a_finding():
    root = ET.fromstring(render(VIEW, as_format="junit").encode())  # noqa: S314 - our own document
    assert root.attrib == {
        "name": "cais preflight",
        "tests": "4",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
    }
    assert [(case.get("classname"), case.get("name"), case[0].tag) for case in root.iter("testcase")] == [
        ("EcsStack/Service", "HLT103 ServiceGroup", "failure"),
        ("web.yaml", "IMG109 Task web", "skipped"),
        ("web.yaml", "DEP106 Task", "system-out"),
        ("web.yaml", "IMG106 Task", "system-out"),
    ]
    assert [case[0].text for case in root.iter("testcase")][2] == (
        "No circuit breaker\n�[31m::error::injected\nEnable it."
    )


def test_sarif_has_the_shape_of_the_standard():
    log = json.loads(render(VIEW, as_format="sarif"))
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    assert run["tool"]["driver"]["rules"][1] == {
        "id": "HLT103",
        "shortDescription": {"text": "the load balancer reaches the task"},
    }
    assert [(result["ruleId"], result["kind"], result["level"]) for result in run["results"]] == [
        ("HLT103", "fail", "error"),
        ("IMG109", "open", "none"),
        ("DEP106", "fail", "note"),
        ("IMG106", "pass", "none"),
    ]
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert places[:2] == [
        {"artifactLocation": {"uri": "cdk.out/EcsStack.template.json"}, "region": {"startLine": 12}},
        {"artifactLocation": {"uri": "a%20b/web.yaml"}},
    ]


def test_sarif_fingerprints_outlive_other_words_and_lines():
    moved = replace(REFUTED, message="otherwise", subject=replace(REFUTED.subject, line=99))
    elsewhere = replace(REFUTED, aspect="sidecar")
    view = replace(VIEW, findings=(REFUTED, moved, elsewhere))
    results = json.loads(render(view, as_format="sarif"))["runs"][0]["results"]
    first, second, third = (result["partialFingerprints"]["cais/v1"] for result in results)
    assert first == second != third


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_to_say_is_a_document_too(name: str):
    text = render(NOTHING, as_format=name)
    if name in {"json", "sarif"}:
        jsonschema.validate(json.loads(text), SCHEMA if name == "json" else SARIF)
    elif name == "junit":
        assert ET.fromstring(text.encode()).get("tests") == "0"  # noqa: S314 - our own document
    else:
        assert text == ("" if name == "github" else "0 refuted, 0 unproven, 0 proven\n")
