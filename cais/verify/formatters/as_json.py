"""JSON; its shape is docs/reference/verify.schema.json."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, get_args

from cais.verify.report import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cais.verify.report import TargetReport

SCHEMA_VERSION = "1.0"


def as_json(reports: Sequence[TargetReport]) -> str:
    """The document, with a line break at its end."""
    counts = Counter(report.verdict for report in reports)
    document = {
        "schemaVersion": SCHEMA_VERSION,
        "summary": {verdict: counts[verdict] for verdict in get_args(Verdict)},
        "targets": [asdict(report) for report in reports],
    }
    return json.dumps(_camel(document), indent=2) + "\n"


def _camel(value: Any) -> Any:
    """Keys in the style of our other documents, numbers with no more digits than were measured."""
    match value:
        case dict():
            return {_name(key): _camel(item) for key, item in value.items()}
        case list() | tuple():
            return [_camel(item) for item in value]
        case float():
            return round(value, 3)
    return value


def _name(key: str) -> str:
    return re.sub("_([a-z])", lambda match: match[1].upper(), key)
