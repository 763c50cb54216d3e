"""What a formatter shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.findings import Finding


class View(Struct, frozen=True, kw_only=True):
    """Findings to show.

    `summary` counts those that are not shown, too, `services` does so for each service. `files` are the paths
    of templates by their names, `titles` those of rules by their ids. `places` are the files and lines of the
    code that made constructs, by the paths of these. `gaps` is what could not be read.
    `color` is for terminals.
    """

    summary: Mapping[str, int]
    findings: tuple[Finding, ...]
    services: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[str, ...] = ()
    version: str = ""
    color: bool = False

    def file(self, finding: Finding) -> str:
        """The path of the template that the finding is about."""
        return self.files.get(finding.subject.template, finding.subject.template)

    def place(self, finding: Finding) -> tuple[str, int | None]:
        """Where to look: at the code that made the construct where it is known, else at the template."""
        path = finding.subject.construct_path
        return self.places.get(path or "") or (self.file(finding), finding.subject.line)
