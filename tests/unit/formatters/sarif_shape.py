"""What SARIF 2.1.0 asks of the properties that we write, as a JSON schema of our own.

Each part names its section of https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
"""

from typing import Any


def closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


TEXT = closed({"text": {"type": "string", "minLength": 1}}, "text")  # §3.11
RULE = closed({"id": {"type": "string"}, "shortDescription": TEXT}, "id")  # §3.49
DRIVER = closed(  # §3.19
    {
        "name": {"type": "string", "minLength": 1},
        "semanticVersion": {"type": "string"},
        "rules": {"type": "array", "uniqueItems": True, "items": RULE},
    },
    "name",
)
PHYSICAL = closed(  # §3.29, §3.4, §3.30
    {
        "artifactLocation": closed({"uri": {"type": "string", "pattern": r"^[^\s\\]+$"}}, "uri"),
        "region": closed({"startLine": {"type": "integer", "minimum": 1}}, "startLine"),
    },
    "artifactLocation",
)
LOGICAL = closed({name: {"type": "string"} for name in ("name", "fullyQualifiedName", "kind")})  # §3.33
LOCATION = closed(  # §3.28
    {"physicalLocation": PHYSICAL, "logicalLocations": {"type": "array", "items": LOGICAL}}
)
RESULT = {  # §3.27
    **closed(
        {
            "ruleId": {"type": "string"},
            "ruleIndex": {"type": "integer", "minimum": 0},
            "kind": {"enum": ["pass", "open", "informational", "notApplicable", "review", "fail"]},
            "level": {"enum": ["none", "note", "warning", "error"]},
            "message": TEXT,
            "locations": {"type": "array", "items": LOCATION},
            "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
            "properties": {"type": "object"},
        },
        "ruleId",
        "message",
    ),
    # §3.27.10: a level beside "none" goes with the kind "fail" alone.
    "if": {"properties": {"kind": {"const": "fail"}}},
    "else": {"properties": {"level": {"const": "none"}}},
}
RUN = closed(  # §3.14
    {
        "tool": closed({"driver": DRIVER}, "driver"),
        "results": {"type": "array", "items": RESULT},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    },
    "tool",
)
SARIF = closed(  # §3.13
    {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": RUN},
    },
    "version",
    "runs",
)
