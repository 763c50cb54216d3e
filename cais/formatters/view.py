"""What a formatter shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Findings to show.

    `summary` counts those that are not shown, too, `services` does so for each service. `files` are the paths
    of templates by their names, `titles` those of rules by their ids. `gaps` is what could not be read.
    `color` is for terminals.
    """

    summary: Mapping[str, int]
    findings: tuple[Finding, ...]
    services: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[str, ...] = ()
    version: str = ""
    color: bool = False

    def file(self, finding: Finding) -> str:
        """The path of the template that the finding is about."""
        return self.files.get(finding.subject.template, finding.subject.template)
