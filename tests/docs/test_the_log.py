"""The log's first attempt, kept as an example: preflight names each of its faults, on its resource."""

from pathlib import Path

from cais.contract import load_contract
from cais.preflight import preflight

ROOT = Path(__file__).parents[2]
LOG = ROOT / "docs" / "examples" / "the-log"
PAGE = ROOT / "docs" / "explanation" / "was-leaving-ecs-right.md"

REFUTED = {
    ("HLT101", "Targets"),
    ("HLT103", "WebGroup"),
    ("IMG106", "ExecutionRole"),
    ("IMG109", "TaskDefinition"),
    ("OIDC101", "build"),
    ("OIDC101", "deploy"),
    ("OIDC106", "deploy"),
}
ADVICE = {
    ("DEP101", "Service"),
    ("DEP106", "Service"),
    ("IMG110", "TaskDefinition"),
    ("OIDC105", "ExecutionRole"),
    ("OIDC107", "build"),
}


def test_every_fault_of_the_log_is_named():
    paths = [LOG / "ecs.yaml", LOG / ".github" / "workflows"]
    report = preflight(paths, contract=load_contract(ROOT / "service" / "contract.toml"))
    said = {
        verdict: {(each.rule, each.subject.logical_id) for each in report.findings if each.verdict == verdict}
        for verdict in ("refuted", "advice")
    }
    assert said == {"refuted": REFUTED, "advice": ADVICE}


def test_the_page_walks_through_what_is_refuted():
    page = PAGE.read_text()
    assert not {rule for rule, _ in REFUTED if f"[{rule}]" not in page}
