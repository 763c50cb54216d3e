"""Templates for tests: from text or from a mapping to what `load` makes of them."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cais.template import Assembly, Value, load

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE = "template.yaml"


def loaded(files: Mapping[str, str], *, parameters: Mapping[str, str] | None = None) -> tuple[Assembly, ...]:
    """A folder of files, loaded."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return load([Path(folder)], parameters=parameters)


def worlds(
    template: str | Mapping[str, Any], *, parameters: Mapping[str, str] | None = None
) -> tuple[Assembly, ...]:
    """One template, given as YAML or as a mapping, in every world."""
    text = template if isinstance(template, str) else json.dumps(template)
    return loaded({TEMPLATE: text}, parameters=parameters)


def only(assemblies: tuple[Assembly, ...]) -> Assembly:
    """The one world of a template in which everything is decided."""
    (assembly,) = assemblies
    return assembly


def resolved(raw: Any, **sections: Any) -> Value:
    """What one value becomes in a template with these sections and the resources Vpc and Repository."""
    template = {
        **sections,
        "Resources": {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            "Repository": {"Type": "AWS::ECR::Repository"},
            "Subject": {"Type": "Custom::Subject", "Properties": {"Value": raw}},
        },
    }
    return only(worlds(template)).templates[0].resources["Subject"].properties.get("Value")
