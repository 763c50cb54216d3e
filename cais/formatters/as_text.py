"""Text for people: by service, the worst first, each proof as a story."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.findings import Finding
    from cais.formatters.view import View

VERDICTS = ("refuted", "unproven", "advice", "proven")
COLORS = {"refuted": "31", "unproven": "33", "advice": "36", "proven": "32"}
CONTROLS = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if code != ord("\n")}
"""Characters of a template that would speak to the terminal, not to its reader."""


def render(view: View) -> str:
    """The view as text, with a line that counts at its end."""
    return "".join(f"{line}\n" for line in _lines(view))


def _lines(view: View) -> Iterator[str]:
    services: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in view.findings:
        services[finding.service or finding.subject.template].append(finding)
    for service, findings in services.items():
        yield _style(_plain(service), "1", color=view.color)
        for finding in sorted(findings, key=lambda finding: VERDICTS.index(finding.verdict)):
            yield from _finding(finding, view=view)
        yield ""
    for gap in view.gaps:
        yield f"Not read: {_plain(gap)}"
    for service, counts in view.services.items():
        verdict = next(verdict for verdict in VERDICTS if counts.get(verdict) or verdict == "proven")
        told = _style(f"{verdict:8}", COLORS[verdict], color=view.color)
        yield f"{told}  {_plain(service)}: {_told(counts)}"
    yield _told(_counts(view))


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts)


def _counts(view: View) -> dict[str, int]:
    advice = sum(finding.verdict == "advice" for finding in view.findings)
    counts = {**view.summary, "advice": advice}
    return {verdict: counts[verdict] for verdict in VERDICTS if counts[verdict] or verdict != "advice"}


def _finding(finding: Finding, *, view: View) -> Iterator[str]:
    verdict = _style(f"{finding.verdict:8}", COLORS[finding.verdict], color=view.color)
    yield f"  {verdict}  {finding.rule}  {_plain(finding.message)}"
    yield f"    at {_plain(_place(finding, file=view.file(finding)))}"
    for number, step in enumerate(finding.evidence, start=1):
        yield f"    {number}. {_plain(step)}"
    if finding.fix:
        yield f"    {'settle' if finding.verdict == 'unproven' else 'fix'}: {_plain(finding.fix)}"


def _place(finding: Finding, *, file: str) -> str:
    subject = finding.subject
    line = "" if subject.line is None else f":{subject.line}"
    path = f", {subject.construct_path}" if subject.construct_path else ""
    return f"{file}{line} {subject.logical_id} ({subject.type}{path})"


def _plain(text: str) -> str:
    return text.translate(CONTROLS).replace("\n", " ")


def _style(text: str, code: str, *, color: bool) -> str:
    return f"\033[{code}m{text}\033[0m" if color else text
