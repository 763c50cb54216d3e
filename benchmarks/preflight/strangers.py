"""What preflight says of templates that others wrote: each on its own, as a stranger would try it.

python benchmarks/preflight/strangers.py FOLDER…                    verdicts by rule, and what took longest
python benchmarks/preflight/strangers.py FOLDER… --show refuted     and each refuted finding, to be read
python benchmarks/preflight/strangers.py FOLDER… --rule HLT101      of one rule alone
"""

from __future__ import annotations

import argparse
import time
import traceback
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cais.preflight import preflight
from cais.template import TemplateError
from cais.template.shape import looks_like_template
from cais.template.source import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.findings import Finding

VERDICTS = ("refuted", "unproven", "advice", "proven")


@dataclass
class Reading:
    """One template: what was found, why it could not be read, or how it made preflight fail."""

    path: Path
    seconds: float = 0.0
    findings: tuple[Finding, ...] = ()
    unreadable: str = ""
    crash: str = ""


@dataclass
class Tally:
    """How often each rule said what, and of how many templates."""

    verdicts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    templates: defaultdict[str, set[Path]] = field(default_factory=lambda: defaultdict(set))

    def add(self, path: Path, finding: Finding) -> None:
        self.verdicts[finding.rule][finding.verdict] += 1
        self.templates[finding.rule].add(path)


def templates(folders: list[Path]) -> Iterator[Path]:
    """Every template below the folders, each once where copies lie about."""
    seen = set()
    for path in sorted(each for folder in folders for each in folder.rglob("*")):
        if path.is_file() and path.name.endswith(SUFFIXES):
            text = path.read_bytes().decode(errors="replace")
            if looks_like_template(text) and text not in seen:
                seen.add(text)
                yield path


def read(path: Path) -> Reading:
    start, reading = time.perf_counter(), Reading(path)
    try:
        reading.findings = preflight([path]).findings
    except TemplateError as error:
        reading.unreadable = str(error)
    except Exception:  # noqa: BLE001 - to count them is what this is for
        reading.crash = traceback.format_exc()
    reading.seconds = time.perf_counter() - start
    return reading


def show(reading: Reading, finding: Finding) -> None:
    print(f"\n{reading.path}\n  {finding.verdict} {finding.rule}", end=" ")
    print(f"{finding.subject.logical_id}: {finding.message}")
    print(*(f"    {step}" for step in finding.evidence), f"    -> {finding.fix}", sep="\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--show", choices=(*VERDICTS, "unreadable"), help="findings to print")
    parser.add_argument("--rule", default="", help="of this rule or family alone")
    chosen = parser.parse_args()
    tally, readings = Tally(), []
    for path in templates(chosen.folders):
        readings.append(reading := read(path))
        if reading.crash or (reading.unreadable and chosen.show == "unreadable"):
            print(f"\n{path}\n{reading.crash}{reading.unreadable}")
        for finding in reading.findings:
            if finding.rule.startswith(chosen.rule):
                tally.add(path, finding)
                if finding.verdict == chosen.show:
                    show(reading, finding)
    print(f"\n| rule | templates | {' | '.join(VERDICTS)} | unproven |\n|{' --- |' * 7}")
    for rule, counts in sorted(tally.verdicts.items()):
        share = counts["unproven"] / counts.total()
        cells = [rule, len(tally.templates[rule]), *(counts[verdict] for verdict in VERDICTS), f"{share:.0%}"]
        print(f"| {' | '.join(map(str, cells))} |")
    slowest = max(readings, key=lambda reading: reading.seconds)
    print(f"\n{len(readings)} templates, {sum(bool(each.findings) for each in readings)} with findings,")
    print(f"{sum(bool(each.unreadable) for each in readings)} that cannot be read,", end=" ")
    crashes = sum(bool(each.crash) for each in readings)
    print(f"{crashes} crashes; the longest took {slowest.seconds:.2f} s ({slowest.path.name})")
    return 1 if crashes else 0


if __name__ == "__main__":
    raise SystemExit(main())
