"""The log's two attempts, kept as examples: preflight names each of their faults, on its resource."""

from pathlib import Path

from cais.contract import load_contract
from cais.preflight import preflight

ROOT = Path(__file__).parents[2]
LOG = ROOT / "docs" / "examples" / "the-log"
PAGE = ROOT / "docs" / "explanation" / "was-leaving-ecs-right.md"

REFUTED_ON_ECS = {
    ("HLT101", "Targets"),
    ("HLT103", "WebGroup"),
    ("IMG106", "ExecutionRole"),
    ("IMG109", "TaskDefinition"),
    ("OIDC101", "build"),
    ("OIDC101", "deploy"),
    ("OIDC106", "deploy"),
}
ADVICE_ON_ECS = {
    ("DEP101", "Service"),
    ("DEP106", "Service"),
    ("IMG110", "TaskDefinition"),
    ("OIDC105", "ExecutionRole"),
    ("OIDC107", "build"),
}
REFUTED_ON_EKS = {
    ("EKS101", "PrivateA"),
    ("EKS104", "App"),
    ("EKS105", "App"),
    ("EKS130", "App"),
}
OPEN_ON_EKS = {("EKS112", "Controller")}
"""The id of a cluster that is gone looks like that of this one on its next update."""


def said(*paths: Path) -> dict[str, set[tuple[str, str]]]:
    contract = load_contract(ROOT / "service" / "contract.toml")
    findings = preflight(paths, contract=contract).findings
    return {
        verdict: {(each.rule, each.subject.logical_id) for each in findings if each.verdict == verdict}
        for verdict in ("refuted", "advice", "unproven")
    }


def test_every_fault_of_the_attempt_on_ecs_is_named():
    found = said(LOG / "ecs.yaml", LOG / ".github" / "workflows")
    assert (found["refuted"], found["advice"]) == (REFUTED_ON_ECS, ADVICE_ON_ECS)


def test_every_fault_of_the_attempt_on_eks_is_named():
    found = said(LOG / "eks.yaml")
    assert found["refuted"] == REFUTED_ON_EKS
    assert found["unproven"] >= OPEN_ON_EKS


def test_the_page_walks_through_what_is_refuted():
    page = PAGE.read_text()
    assert not {rule for rule, _ in REFUTED_ON_ECS | REFUTED_ON_EKS | OPEN_ON_EKS if f"[{rule}]" not in page}
