"""SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from cais.findings import Finding
    from cais.formatters.view import View

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
KINDS = {
    "refuted": ("fail", "error"),
    "advice": ("fail", "note"),
    "unproven": ("open", "none"),
    "proven": ("pass", "none"),
}
"""Kind and level of each verdict: a level beside "none" is for failures alone (§3.27.10)."""


def render(view: View) -> str:
    """The view as a log with one run."""
    rules = sorted({finding.rule for finding in view.findings})
    driver = {
        "name": "cais",
        "semanticVersion": view.version,
        "rules": [{"id": rule, "shortDescription": {"text": view.titles.get(rule, rule)}} for rule in rules],
    }
    results = [_result(finding, view=view, rules=rules) for finding in view.findings]
    run = {"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(finding: Finding, *, view: View, rules: list[str]) -> dict[str, Any]:
    kind, level = KINDS[finding.verdict]
    return {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "kind": kind,
        "level": level,
        "message": {"text": "\n".join(filter(None, [finding.message, *finding.evidence, finding.fix]))},
        "locations": [_location(finding, *view.place(finding))],
        "partialFingerprints": {"cais/v1": _fingerprint(finding)},
        "properties": {"causes": list(finding.causes), "speed": finding.speed},
    }


def _location(finding: Finding, file: str, line: int | None) -> dict[str, Any]:
    subject = finding.subject
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(file)}}
    if line is not None:
        physical["region"] = {"startLine": line}
    name = subject.construct_path or f"{subject.template}/{subject.logical_id}"
    logical = {"name": subject.logical_id, "fullyQualifiedName": name, "kind": "resource"}
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def _fingerprint(finding: Finding) -> str:
    """Stays the same while the finding does, however it is worded and wherever its line moves."""
    subject = finding.subject
    what = [finding.rule, subject.template, subject.logical_id, finding.service, finding.aspect]
    return hashlib.sha256("\0".join(what).encode()).hexdigest()[:32]
