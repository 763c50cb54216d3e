"""Text: one table, and below it what is wrong and what was not verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cais.verify.report import Latency, TargetReport, VerifyFinding

NOTHING = "–"
DIGEST_DIGITS = 12
BREAK, INDENTED = "\n", "\n    "


def as_text(reports: Sequence[TargetReport]) -> str:
    """The table and the findings, with a line break at the end."""
    return "\n".join([*_table(reports), *(line for report in reports for line in _below(report))]) + "\n"


def _table(reports: Sequence[TargetReport]) -> Iterator[str]:
    """A column for each target, a row for each measure."""
    rows = [("", *(report.target for report in reports))]
    columns = [_cells(report) for report in reports]
    rows += [(name, *(column[name] for column in columns)) for name in (columns[0] if columns else ())]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _cells(report: TargetReport) -> dict[str, str]:
    """The measures of one target by name."""
    memory, rollout = report.memory, report.rollout
    return {
        "verdict": report.verdict,
        "engine": report.engine or NOTHING,
        "image": report.image.removeprefix("sha256:")[:DIGEST_DIGITS] or NOTHING,
        "image size": _number(report.image_mib, "MiB"),
        "time to healthy": _number(report.time_to_healthy, "s"),
        "cold p50 / p99": _latency(report.cold),
        "warm p50 / p99": _latency(report.warm),
        "rolling deployment": _number(rollout.seconds, "s") if rollout else NOTHING,
        "failed requests": f"{rollout.failed} of {rollout.requests}" if rollout else NOTHING,
        "memory at rest": _number(memory.at_rest, "MiB") if memory else NOTHING,
        "memory under load": _number(memory.under_load, "MiB") if memory else NOTHING,
    }


def _number(value: float | None, unit: str) -> str:
    return NOTHING if value is None else f"{value:.1f} {unit}"


def _latency(latency: Latency | None) -> str:
    return f"{latency.p50:.0f} / {latency.p99:.0f} ms" if latency else NOTHING


def _below(report: TargetReport) -> Iterator[str]:
    for finding in report.findings:
        yield ""
        yield from _finding(report.target, finding)
    if report.not_verified:
        yield ""
        yield f"{report.target}: not verified"
        yield from (f"  - {line.replace(BREAK, INDENTED)}" for line in report.not_verified)


def _finding(target: str, finding: VerifyFinding) -> Iterator[str]:
    label = " ".join(part for part in (finding.severity, finding.cause) if part)
    yield f"{target}: {label}: {finding.resource}: {finding.message}"
    if finding.fix:
        yield f"  fix: {finding.fix}"
    if finding.log_lines:
        yield "  its last lines:"
        yield from (f"    {line}" for line in finding.log_lines)
