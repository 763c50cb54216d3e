"""JUnit XML: a suite for each service, a case for each finding."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.findings import Finding
    from cais.formatters.view import View

ELEMENTS = {"refuted": "failure", "unproven": "skipped"}
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that an XML document cannot hold, https://www.w3.org/TR/xml/#charsets."""


def render(view: View) -> str:
    """The view as one XML document."""
    return NOT_XML.sub("\ufffd", "\n".join(["<?xml version='1.0' encoding='UTF-8'?>", *_suites(view)])) + "\n"


def _suites(view: View) -> Iterator[str]:
    suites: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in view.findings:
        suites[finding.service or finding.subject.template].append(finding)
    yield f'<testsuites name="cais preflight" {_counts(list(view.findings))}>'
    for name, findings in suites.items():
        yield f"  <testsuite name={quoteattr(name)} {_counts(findings)}>"
        for finding in findings:
            yield from _case(finding, suite=name)
        yield "  </testsuite>"
    yield "</testsuites>"


def _counts(findings: list[Finding]) -> str:
    failures = sum(finding.verdict == "refuted" for finding in findings)
    skipped = sum(finding.verdict == "unproven" for finding in findings)
    return f'tests="{len(findings)}" failures="{failures}" errors="0" skipped="{skipped}"'


def _case(finding: Finding, *, suite: str) -> Iterator[str]:
    name = " ".join(filter(None, [finding.rule, finding.subject.logical_id, finding.aspect]))
    text = "\n".join([finding.message, *finding.evidence, finding.fix]).rstrip()
    yield f"    <testcase classname={quoteattr(suite)} name={quoteattr(name)}>"
    if element := ELEMENTS.get(finding.verdict):
        yield f"      <{element} message={quoteattr(finding.message)}>{escape(text)}</{element}>"
    else:
        yield f"      <system-out>{escape(text)}</system-out>"
    yield "    </testcase>"
