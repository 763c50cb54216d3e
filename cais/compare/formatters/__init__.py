"""Formatters: a comparison in, text out. One module a format."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from cais.compare.report import Comparison

FORMATS = {
    "text": "cais.compare.formatters.as_text",
    "table": "cais.compare.formatters.as_table",
    "json": "cais.compare.formatters.as_json",
    "adr": "cais.compare.formatters.as_adr",
    "html": "cais.compare.formatters.as_html",
}
"""The module of every format: only the one that is asked for is loaded."""


class Formatter(Protocol):
    """A module of this package."""

    def render(self, comparison: Comparison) -> str:
        """The comparison in this format, with a line end at its end."""
        ...


def render(comparison: Comparison, *, as_format: str) -> str:
    """The comparison in one of `FORMATS`, with a line end at its end."""
    return cast("Formatter", import_module(FORMATS[as_format])).render(comparison)
