"""The detection table: every fault broken into clean templates, and who sees it.

python benchmarks/preflight/run.py            the whole table, a quarter of an hour
python benchmarks/preflight/run.py --only H3  the faults of one cause
python benchmarks/preflight/run.py --of ecs   those of ecs_faults.py
python benchmarks/preflight/run.py --ours     without the other checkers, a minute
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from checkers import CACHE, COMPETITORS, OF_WORKFLOWS, ROOT, cais
from templates import WORKFLOWS, Templates

if TYPE_CHECKING:
    from ecs_faults import Fault

CONTEXT = {
    "nat": [],
    "endpoints": ["-c", "egress=endpoints"],
    "auto": ["-c", "eks_compute=auto"],
    "auto-endpoints": ["-c", "eks_compute=auto", "-c", "egress=endpoints"],
    "github": ["-c", "github_repository=octo-org@1/comments@2"],
    "delivery": ["-c", "github_repository=octo-org@1/comments@2"],
    "dynamodb": ["-c", "store=dynamodb"],
    "dynamodb-endpoints": ["-c", "store=dynamodb", "-c", "egress=endpoints"],
}
HERE = Path(__file__).parent


def faults_of(part: str) -> list[Fault]:
    """The faults in the file of one part, or in all of them."""
    modules = (import_module(path.stem) for path in sorted(HERE.glob(f"{part}_faults.py")))
    return [fault for module in modules for fault in module.FAULTS]


def synthesize(base: str) -> Path:
    """The clean assembly of one context."""
    folder = CACHE / base
    shutil.rmtree(folder, ignore_errors=True)
    command = ["cdk", "synth", "--quiet", "--output", str(folder), *CONTEXT[base]]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    if base == "delivery":
        shutil.copytree(ROOT / WORKFLOWS, folder / WORKFLOWS)
    return folder


def seen_by_us(fault: Fault, culprit: str, folder: Path) -> str:
    """ "yes", or what we say instead: a verdict counts on the right resource only."""
    findings = [finding for finding in cais(folder) if fault.cause in finding["causes"]]
    right = [finding for finding in findings if finding["verdict"] == fault.verdict]
    if any(culprit in str([finding["subject"], *finding["evidence"]]) for finding in right):
        return "yes"
    return "wrong resource" if right else "; ".join(finding["verdict"] for finding in findings) or "no"


def row(fault: Fault, clean: Path, known: dict[str, set[str]]) -> list[str]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "cdk.out"
        folder.mkdir()
        for path in clean.iterdir():
            (folder / path.name).symlink_to(path)
        templates = Templates.read(clean).copy()
        culprit = fault.break_it(templates).logical_id
        templates.write_over(folder)
        checkers = COMPETITORS | OF_WORKFLOWS
        others = ["yes" if checkers[name](folder) - said else "no" for name, said in known.items()]
        return [fault.cause, fault.what, fault.verdict, seen_by_us(fault, culprit, folder), *others]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", metavar="CAUSE", help="the faults of one cause")
    parser.add_argument("--ours", action="store_true", help="without the other checkers")
    parser.add_argument("--of", metavar="PART", default="*", help="the faults of PART_faults.py")
    chosen = parser.parse_args()
    faults = [fault for fault in faults_of(chosen.of) if chosen.only in (None, fault.cause)]
    folders = {base: synthesize(base) for base in {fault.base for fault in faults}}
    competitors = {} if chosen.ours else COMPETITORS | (OF_WORKFLOWS if set(folders) == {"delivery"} else {})
    known = {
        base: {name: check(folder) for name, check in competitors.items()} for base, folder in folders.items()
    }
    header = ["cause", "what was broken", "verdict", "cais", *competitors]
    print("|", " | ".join(header), "|\n|", " | ".join("---" for _ in header), "|")
    rows = []
    for fault in faults:
        rows.append(row(fault, folders[fault.base], known[fault.base]))
        print("|", " | ".join(rows[-1]), "|", flush=True)
    for column, name in enumerate(header[3:], start=3):
        print(f"\n{name}: {sum(line[column] == 'yes' for line in rows)} of {len(rows)}", end="")
    print()
    return 0 if all(line[3] == "yes" for line in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
