"""One self-contained page: the JSON document, what draws it, and nothing from a network.

Its parts are files of their own in `page/`, put together here. The policy in its head names the hashes of
the one style and the one script, so that nothing else can run, whatever a template's text says.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING

from cais.compare.formatters.as_json import document

if TYPE_CHECKING:
    from cais.compare.report import Comparison

SCRIPTS = (
    "formula.js",
    "model.js",
    "drawing.js",
    "charts.js",
    "architecture.js",
    "assumptions.js",
    "sections.js",
    "page.js",
)
PLACE = re.compile(r"\{\{(\w+)\}\}")
UNSAFE = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def render(comparison: Comparison) -> str:
    """The page, with a line break at its end."""
    style, script = _part("style.css"), "".join(_part(name) for name in SCRIPTS)
    sentences = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in comparison.verdict)
    places = {
        "title": html.escape(comparison.verdict[0]),
        "style": style,
        "style_hash": _hash(style),
        "script": script,
        "script_hash": _hash(script),
        "noscript": sentences,
        "report": embedded(comparison),
    }
    return PLACE.sub(lambda place: places[place[1]], _part("page.html"))


def embedded(comparison: Comparison) -> str:
    """The document as JSON that no parser of HTML can take for an end of its element."""
    text = json.dumps(document(comparison), separators=(",", ":"))
    return text.translate(str.maketrans(UNSAFE))


def _part(name: str) -> str:
    return files("cais.compare.formatters").joinpath("page", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """How a Content-Security-Policy names an inline element: https://www.w3.org/TR/CSP3/#grammardef-hash-source."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
