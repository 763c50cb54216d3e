"""`cais preflight`: result on stdout, progress on stderr, and exit codes that scripts rely on."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cais.cli import main
from cais.template.yaml_reader import parse_yaml
from tests.unit.rules.harness import HERE

BASE = str(HERE / "base.yaml")
SCHEMA = json.loads((Path(__file__).parents[3] / "docs/reference/preflight.schema.json").read_text())
CONTRACT = """\
name = "web"
port = 8000
keeps_state = true
[paths]
health = "/healthz"
ready = "/readyz"
metrics = "/metrics"
[seconds]
startup = 10
drain = 20
[resources]
architecture = "x86_64"
cpu = 256
memory_mib = 512
[copies]
min = 2
max = 4
"""


@pytest.fixture
def contract(tmp_path: Path) -> str:
    path = tmp_path / "contract.toml"
    path.write_text(CONTRACT)
    return str(path)


@pytest.fixture
def broken(tmp_path: Path) -> str:
    """The base with a health path that nobody answers."""
    path = tmp_path / "broken.yaml"
    path.write_text(Path(BASE).read_text().replace("HealthCheckPath: /healthz", "HealthCheckPath: /"))
    return str(path)


def findings(text: str) -> list[dict[str, object]]:
    document = json.loads(text)
    jsonschema.validate(document, SCHEMA)
    return document["findings"]


def test_what_may_come_up_is_0(contract: str, capsys: pytest.CaptureFixture[str]):
    assert main(["preflight", BASE, "--contract", contract, "--format", "json"]) == 0
    assert {(found["rule"], found["verdict"]) for found in findings(capsys.readouterr().out)} == {
        ("IMG109", "unproven")
    }


def test_what_will_not_is_1(broken: str, contract: str, capsys: pytest.CaptureFixture[str]):
    assert main(["preflight", broken, "--contract", contract, "--strict", "--format", "json"]) == 1
    refuted = [each for each in findings(capsys.readouterr().out) if each["verdict"] == "refuted"]
    assert [each["rule"] for each in refuted] == ["HLT101"]


def test_strict_makes_3_of_what_is_open(contract: str):
    assert main(["preflight", BASE, "--contract", contract, "--strict"]) == 3


def test_strict_makes_3_of_what_could_not_be_read(tmp_path: Path):
    path = tmp_path / "sam.yaml"
    path.write_text("Transform: Unheard::Of\nResources: {Topic: {Type: AWS::SNS::Topic}}\n")
    assert main(["preflight", str(path)]) == 0
    assert main(["preflight", "--strict", str(path)]) == 3


def test_all_shows_what_is_proven(contract: str, capsys: pytest.CaptureFixture[str]):
    main(["preflight", BASE, "--contract", contract, "--format", "json"])
    few = json.loads(capsys.readouterr().out)
    main(["preflight", BASE, "--contract", contract, "--format", "json", "--all"])
    every = json.loads(capsys.readouterr().out)
    assert few["summary"] == every["summary"]
    assert len(every["findings"]) - len(few["findings"]) == few["summary"]["proven"] > 0


def test_parameters_decide_what_was_open(tmp_path: Path, contract: str):
    path = tmp_path / "web.yaml"
    text = Path(BASE).read_text().replace("HealthCheckPath: /healthz", "HealthCheckPath: !Ref Path")
    path.write_text(text.replace("Resources:", "Parameters: {Path: {Type: String}}\nResources:", 1))
    words = ["preflight", str(path), "--contract", contract]
    assert main([*words, "--parameter", "Path=/healthz"]) == 0
    assert main([*words, "--parameter", "Path=/"]) == 1


def test_cdk_out_is_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "cdk.out").mkdir()
    (tmp_path / "cdk.out" / "web.yaml").write_text(Path(BASE).read_text())
    monkeypatch.chdir(tmp_path)
    assert main(["preflight"]) == 0


def test_where_nothing_is_synthesized_the_command_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    assert main(["preflight"]) == 2
    assert capsys.readouterr().err.endswith("\nname templates, or synthesize first: cdk synth\n")


@pytest.mark.parametrize(("second", "told"), [("api", True), ("web", False), (None, False)])
def test_a_contract_that_fits_no_container_is_told_of(
    second: str | None, told: bool, tmp_path: Path, contract: str, capsys: pytest.CaptureFixture[str]
):
    base = parse_yaml(Path(BASE).read_text())[0]
    base["Resources"] = _called(base["Resources"], "shop")
    if second:
        copies = _called(base["Resources"], second)
        base["Resources"] |= {
            "SecondTask": copies["Task"],
            "SecondService": json.loads(json.dumps(copies["Service"]).replace('"Task"', '"SecondTask"')),
        }
    path = tmp_path / "two.json"
    path.write_text(json.dumps(base))
    main(["preflight", str(path), "--contract", contract])
    said = (
        "the contract of web was of no use: it is no container's name, and several get requests: shop, api\n"
    )
    assert capsys.readouterr().err == (said if told else "")


def _called(resources: dict[str, Any], name: str) -> dict[str, Any]:
    """The resources, the container of their service being called so."""
    copied = json.loads(json.dumps(resources))
    copied["Task"]["Properties"]["ContainerDefinitions"][0]["Name"] = name
    copied["Service"]["Properties"]["LoadBalancers"][0]["ContainerName"] = name
    return copied


SELF_MANAGED = """
Resources:
  Launch:
    Type: AWS::EC2::LaunchTemplate
    Properties: {LaunchTemplateData: {UserData: {Fn::Base64: "/etc/eks/bootstrap.sh production"}}}
  Nodes:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: {MaxSize: "2", LaunchTemplate: {LaunchTemplateId: !Ref Launch, Version: "1"}}
"""


@pytest.mark.parametrize(
    ("template", "told"),
    [
        (SELF_MANAGED, "whether the instances of Nodes join a cluster of EKS, as their user data tells them"),
        (
            "Resources: {Kubernetes: {Type: AWS::EKS::Cluster}}",
            "the nodes of Kubernetes: these templates have no managed group, Auto Mode or Fargate for it",
        ),
        (
            "Resources: {Nodes: {Type: AWS::EKS::Nodegroup, Properties: {ClusterName: production}}}",
            "the nodes of Nodes: their cluster is not in these templates",
        ),
    ],
)
def test_nodes_that_no_rule_looks_at_are_named(
    template: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "nodes.yaml"
    path.write_text(template)
    assert main(["preflight", str(path)]) == 0
    assert capsys.readouterr().err == f"not judged: {told}\n"


def test_templates_without_a_service_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "topic.yaml"
    path.write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}")
    assert main(["preflight", str(path)]) == 0
    said = capsys.readouterr()
    assert said.out == "0 refuted, 0 unproven, 0 proven\n"
    assert said.err == "no service is in these templates, so there is nothing to prove\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere.yaml"], "nowhere.yaml"),
        ([BASE, "--contract", "nowhere.toml"], "nowhere.toml: cannot be read"),
        ([BASE, "--parameter", "Path"], "--parameter takes KEY=VALUE, not 'Path'"),
        ([BASE, "--parameter", "A", "--parameter", "=1"], "not 'A'\n--parameter takes KEY=VALUE, not '=1'"),
        ([BASE, "--parameter", "Nobody=1"], "Nobody"),
    ],
)
def test_what_cannot_be_used_is_2(words: list[str], told: str, capsys: pytest.CaptureFixture[str]):
    assert main(["preflight", *words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert told in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(("terminal", "no_color"), [(True, ""), (True, "1"), (False, "")])
def test_color_is_for_terminals(
    terminal: bool, no_color: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    main(["preflight", BASE])
    assert ("\033[" in capsys.readouterr().out) is (terminal and not no_color)
