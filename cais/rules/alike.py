"""One finding for what several containers of a service share, such as their image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cais.findings import Finding


def folded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings of one rule, those that differ only by their aspect as one about all of these."""
    alike: dict[Finding, list[str]] = {}
    for finding in findings:
        alike.setdefault(_about(finding, "\0"), []).append(finding.aspect)
    for blank, aspects in alike.items():
        yield _about(blank, ", ".join(dict.fromkeys(aspects)))


def _about(finding: Finding, aspect: str) -> Finding:
    """The finding with another aspect, in its message and its evidence; its fix stays as it is."""
    if not finding.aspect:
        return finding
    name = re.compile(rf"(?<![\w-]){re.escape(finding.aspect)}(?![\w-])")

    def said(text: str) -> str:
        return name.sub(lambda _: aspect, text)

    evidence = tuple(map(said, finding.evidence))
    return replace(finding, aspect=aspect, message=said(finding.message), evidence=evidence)
