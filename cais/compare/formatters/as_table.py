"""The answer and the targets side by side: the text without the bills and what they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.compare.formatters.table import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.compare.report import Comparison

CONTROLS = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if code != ord("\n")}
"""Characters of a template that would speak to the terminal, not to its reader."""


def render(comparison: Comparison) -> str:
    """Sentences and a table, as text."""
    return "".join(f"{line.translate(CONTROLS)}\n" for line in answer(comparison))


def answer(comparison: Comparison) -> Iterator[str]:
    """The same by line."""
    yield from comparison.verdict
    yield ""
    yield from _table(comparison)


def _table(comparison: Comparison) -> Iterator[str]:
    rows = [("", tuple(target.title for target in comparison.targets)), *rows_of(comparison)]
    first = max(len(label) for label, _ in rows)
    widths = [max(len(cells[at]) for _, cells in rows) for at in range(len(comparison.targets))]
    for label, cells in rows:
        columns = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        yield f"{label:<{first}}  {'  '.join(columns)}".rstrip()
