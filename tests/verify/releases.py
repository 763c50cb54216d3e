"""Our EksStack with other values of its chart."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from cais.template import load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cais.template import Assembly

ENVIRONMENT = '"environment":{'


def changed(
    ours: Path, folder: Path, values: Mapping[str, str], variables: Mapping[str, str] | None = None
) -> Assembly:
    """The cdk.out `ours`, copied to `folder`, and in its chart's JSON each key of `values` replaced."""
    shutil.copytree(ours, folder)
    template = folder / "EksStack.template.json"
    text = template.read_text()
    given = "".join(f'"{name}":"{value}",' for name, value in (variables or {}).items())
    for old, new in {**values, ENVIRONMENT: ENVIRONMENT + given}.items():
        assert _inside(old) in text, old
        text = text.replace(_inside(old), _inside(new))
    template.write_text(text)
    return load([folder])[0]


def _inside(text: str) -> str:
    """As it stands in a string of JSON."""
    return json.dumps(text)[1:-1]
