"""The reports as text for people and as JSON for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.verify.formatters.as_json import as_json
from cais.verify.formatters.as_text import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cais.verify.report import TargetReport

FORMATS: dict[str, Callable[[Sequence[TargetReport]], str]] = {"text": as_text, "json": as_json}
