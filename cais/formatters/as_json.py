"""JSON, as docs/reference/preflight.schema.json has it: a contract with those who script against it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cais.findings import Finding
    from cais.formatters.view import View

SCHEMA_VERSION = "1.0"


def render(view: View) -> str:
    """The view as one JSON document."""
    document = {
        "schemaVersion": SCHEMA_VERSION,
        "summary": dict(view.summary),
        "findings": [_finding(finding) for finding in view.findings],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    subject = finding.subject
    return {
        "rule": finding.rule,
        "verdict": finding.verdict,
        "speed": finding.speed,
        "causes": list(finding.causes),
        "subject": {
            "template": subject.template,
            "logicalId": subject.logical_id,
            "type": subject.type,
            "constructPath": subject.construct_path,
        },
        "message": finding.message,
        "evidence": list(finding.evidence),
        "fix": finding.fix,
    }
