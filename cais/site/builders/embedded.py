"""JSON in a string, of which parts are known only after the deployment.

Its open parts are marked, the string is read, and the marks become open parts again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cais.site.builders import values as v
from cais.site.marks import Marks
from cais.template.text import is_leaf
from cais.template.values import Unknown

if TYPE_CHECKING:
    from cais.site.model.values import MaybeText
    from cais.template import Value


def parsed(value: Value, *, default: Any) -> Any:
    """The JSON, with leaves in it; a leaf where it cannot be read. Names that are open keep their marks."""
    if value is None:
        return default
    tree, marks = marked(value)
    return tree if is_leaf(tree) else marks.restored(tree)


def marked(value: Value, *, what: str = "a text") -> tuple[Any, Marks]:
    """The JSON with its open parts marked, and what takes the marks back; a leaf where it cannot be read.

    `what` is what reasons call it.
    """
    text: MaybeText = v.text(value, "")
    marks = Marks()
    if is_leaf(text) and len(v.parts(text)) == 1:
        return text, marks
    try:
        return json.loads(marks.marked(text)), marks
    except (ValueError, RecursionError):
        return Unknown(f"{what} that is no JSON"), marks
