"""GitHub annotations: workflow commands that mark the lines of a pull request.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cais.findings import Finding
    from cais.formatters.view import View

COMMANDS = {"refuted": "error", "unproven": "warning", "advice": "notice"}


def render(view: View) -> str:
    """A command a finding; what is proven needs no annotation."""
    shown = [finding for finding in view.findings if finding.verdict in COMMANDS]
    return "".join(f"{_command(finding, *view.place(finding))}\n" for finding in shown)


def _command(finding: Finding, file: str, line: int | None) -> str:
    title = f"{finding.rule} {finding.subject.construct_path or finding.subject.logical_id}"
    properties = {"file": file, "line": line, "title": title}
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value)
    text = "\n".join([finding.message, *finding.evidence, *([f"Fix: {finding.fix}"] if finding.fix else [])])
    return f"::{COMMANDS[finding.verdict]} {given}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
