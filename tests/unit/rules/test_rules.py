"""Every rule on templates that must pass and on templates that must not, its whole findings compared.

A case is a change to the base of the rule's family, `cases/RULE/NAME.yaml`, and what the rule then says,
`NAME.json` beside it.
"""

import json
import textwrap
from pathlib import Path

import pytest

from cais.formatters import render
from cais.formatters.view import View
from cais.preflight import Report
from cais.rules.catalogue import every_rule
from cais.rules.rule import RuleModule
from tests.unit.rules.harness import HERE, report

RULES = list(every_rule())
ON_ECS = {"IMG", "HLT", "DEP"}
TESTED = [rule for rule in RULES if rule.RULE.family in {*ON_ECS, "EKS", "LAM", "DAT"}]
SILENT = {
    "DEP110",
    "DEP111",
    "DEP112",
    "DEP113",
    "HLT104",
    "HLT111",
    "HLT112",
    "HLT114",
    "HLT115",
    "HLT116",
    "IMG112",
    "IMG114",
    "IMG117",
}
"""Rules that have nothing to say of base.yaml: it runs on Fargate, nothing scales it, it leaves the command
to the image, asks it by a target group alone, takes it from ECR, and has no secret with a key of its own."""
SILENT_ON_LAMBDA = {"LAM106", "LAM110", "LAM112", "LAM120", "LAM121"}
"""Rules that have nothing to say of lambda_base.yaml: it has no web adapter, no old adapter, no custom
resource, no target group, and no code in the template."""
SILENT_ON_DATA = {"DAT104", "DAT108", "DAT109", "DAT110", "DAT111"}
"""Rules that have nothing to say of data_base.yaml: it has no cluster, no table and no proxy."""
SILENT_ON_EKS = {"EKS112", "EKS117", "EKS119", "EKS120", "EKS125", "EKS127", "EKS128"}
"""Rules that have nothing to say of eks_base.yaml: it has no role by an annotation, no cert-manager, no
security group of nodes of their own, and whoever deploys into it is elsewhere."""
KINDS = ("Deployment:", "Ingress:", "Namespace:", "Service:", "ServiceAccount:")
CASES = sorted((HERE / "cases").glob("*/*.yaml"))


def said(rule_id: str, found: Report) -> list[dict[str, object]]:
    """The rule's findings, as reports have them; those that hold only by their message."""
    findings = tuple(finding for finding in found.findings if finding.rule == rule_id)
    return json.loads(render(View(summary={}, findings=findings), as_format="json"))["findings"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_case(case: Path):
    found = report(case.read_text(), family=case.parent.name[:3])
    assert said(case.parent.name, found) == json.loads(case.with_suffix(".json").read_text())


@pytest.mark.parametrize("rule", TESTED, ids=lambda rule: rule.RULE.id)
def test_the_sample_of_a_rules_page_is_found(rule: RuleModule):
    sample = textwrap.dedent((rule.__doc__ or "").partition("\nSample:\n")[2].partition("\nSources:")[0])
    comments = [line.removeprefix("# ") for line in sample.splitlines() if line.startswith("# ")]
    dockerfile = f"Dockerfile: {json.dumps(chr(10).join(comments))}\n" if comments else ""
    of_kubernetes = rule.RULE.family == "EKS" and sample.lstrip().startswith(KINDS)
    part = "Objects" if of_kubernetes else "Resources"
    change = f"{dockerfile}{part}:\n{textwrap.indent(sample, '  ')}"
    found = report(change, family=rule.RULE.family)
    assert {finding["verdict"] for finding in said(rule.RULE.id, found)} - {"proven"}


def test_every_rule_has_cases():
    assert {case.parent.name for case in CASES} >= {rule.RULE.id for rule in TESTED}


@pytest.mark.parametrize(
    ("families", "silent", "open_rules"),
    [
        (ON_ECS, SILENT, {"IMG109"}),
        ({"EKS"}, SILENT_ON_EKS, set()),
        ({"LAM"}, SILENT_ON_LAMBDA, {"LAM103"}),
        ({"DAT"}, SILENT_ON_DATA, set()),
    ],
)
def test_what_comes_up_is_proven_but_for_what_only_a_registry_knows(
    families: set[str], silent: set[str], open_rules: set[str]
):
    rules = {rule.RULE.id for rule in RULES if rule.RULE.family in families}
    found = [each for each in report(family=min(families)).findings if each.rule in rules]
    assert {finding.rule for finding in found if finding.verdict != "proven"} == open_rules
    assert rules - {finding.rule for finding in found} == silent
