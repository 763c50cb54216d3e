"""Formatters: a view of findings in, text out. One module a format."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from cais.formatters.view import View

FORMATS = {
    "text": "as_text",
    "json": "as_json",
    "sarif": "as_sarif",
    "junit": "as_junit",
    "github": "as_github",
}
"""The module of every format: only the one that is asked for is loaded."""


class Formatter(Protocol):
    """A module of this package."""

    def render(self, view: View) -> str:
        """The view in this format, with a line end at its end."""
        ...


def render(view: View, *, as_format: str) -> str:
    """The view in one of `FORMATS`, with a line end at its end."""
    return cast("Formatter", import_module(f"cais.formatters.{FORMATS[as_format]}")).render(view)
