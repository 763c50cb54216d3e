"""What stands beside a template changes nothing: twice the same, under two names, is judged as once."""

import json
from pathlib import Path

import pytest

from cais.preflight import preflight
from tests.unit.rules.harness import BASES, base

Said = set[tuple[str, str, str, str]]


def said(folder: Path, template: str) -> Said:
    """What is found in one template of a folder, without the contract, which only one service can have."""
    return {
        (each.rule, each.verdict, each.subject.logical_id, each.message)
        for each in preflight([folder]).findings
        if each.subject.template == template
    }


@pytest.mark.parametrize("family", ["", *BASES])
def test_a_copy_beside_a_template_changes_no_verdict(family: str, tmp_path: Path):
    text = json.dumps(base(family))
    (tmp_path / "first.json").write_text(text, encoding="utf-8")
    alone = said(tmp_path, "first.json")
    (tmp_path / "second.json").write_text(text, encoding="utf-8")
    assert {rule for rule, *_ in alone}
    assert said(tmp_path, "first.json") == alone
    assert said(tmp_path, "second.json") == alone


def test_a_load_balancer_of_an_earlier_stack_is_there_already(tmp_path: Path):
    ours = base("")
    del ours["Resources"]["Service"]["DependsOn"]
    later = {name: ours["Resources"].pop(name) for name in ("Listener", "Targets", "Service", "Task")}
    ours["Outputs"] = {"Balancer": {"Value": {"Ref": "Balancer"}, "Export": {"Name": "balancer"}}}
    later["Listener"]["Properties"]["LoadBalancerArn"] = {"Fn::ImportValue": "balancer"}
    (tmp_path / "first.json").write_text(json.dumps(ours), encoding="utf-8")
    (tmp_path / "second.json").write_text(json.dumps({"Resources": later}), encoding="utf-8")
    verdicts = {rule: verdict for rule, verdict, *_ in said(tmp_path, "second.json")}
    assert verdicts["DEP103"] == "advice"
