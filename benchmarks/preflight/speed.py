"""How long preflight takes beside cfn-lint and checkov, on the same templates, in pairs.

python benchmarks/preflight/speed.py            the table, some minutes
python benchmarks/preflight/speed.py --ours     our own time and memory up to 5,000 resources, a minute
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checkers import CACHE, ROOT, checkov_program, installed

from cais.template.yaml_reader import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

RUNS = 5
SIZES = (47, 470)
OWN_SIZES = (47, 470, 1_500, 5_000)
# Users have the bytecode of what they run a second time: so must all three here.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Cost:
    """What one process took, in seconds, seconds of the processor, and MiB.

    The processor's hold on a machine that others use, too.
    """

    seconds: float
    cpu: float
    memory: float


def template(resources: int) -> str:
    """A template of about so many resources: the service of our rules' tests, again and again."""
    base = parse_yaml((ROOT / "tests/unit/rules/base.yaml").read_text())[0]["Resources"]
    copies = range(max(1, round(resources / len(base))))
    everything = {
        f"{name}{copy}": _renamed(each, base, copy) for copy in copies for name, each in base.items()
    }
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": everything}, indent=1)


def _renamed(value: Any, names: Iterable[str], copy: int) -> Any:
    """The value with what refers to one of the names referring to its copy."""
    if isinstance(value, list):
        return [_renamed(item, names, copy) for item in value]
    if not isinstance(value, dict):
        return value
    renamed = {key: _renamed(item, names, copy) for key, item in value.items()}
    if isinstance(renamed.get("Ref"), str) and renamed["Ref"] in names:
        renamed["Ref"] += str(copy)
    if "Fn::GetAtt" in renamed:
        owner, _, attribute = renamed["Fn::GetAtt"].partition(".")
        renamed["Fn::GetAtt"] = [f"{owner}{copy}", attribute]
    if "DependsOn" in renamed:
        waits = renamed["DependsOn"]
        renamed["DependsOn"] = [f"{name}{copy}" for name in ([waits] if isinstance(waits, str) else waits)]
    return renamed


def measure(command: list[str]) -> Cost:
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def ours() -> Path:
    """cais as it is in this checkout, installed like the others."""
    shutil.rmtree(CACHE / "cais", ignore_errors=True)
    return installed("cais", str(ROOT))


def checkers(*, ours_only: bool) -> dict[str, list[str]]:
    """The commands that want the path of a template behind them."""
    commands = {"cais": [str(ours()), "preflight"]}
    if not ours_only:
        commands["cfn-lint"] = [str(installed("cfn-lint", f"cfn-lint=={version('cfn-lint')}"))]
        commands["checkov"] = [str(checkov_program()), "--framework", "cloudformation", "--file"]
    return commands


def row(resources: int, folder: Path, programs: dict[str, list[str]]) -> str:
    path = folder / f"{resources}.json"
    path.write_text(template(resources))
    commands = {name: [*command, str(path)] for name, command in programs.items()}
    for command in commands.values():
        measure(command)
    # One of each in turn, so that what else the machine does meets all of them alike.
    rounds = [{name: measure(command) for name, command in commands.items()} for _ in range(RUNS)]
    cells = [str(path.read_text().count('"Type": "AWS'))]
    for name in commands:
        seconds = statistics.median(each[name].seconds for each in rounds)
        cpu = statistics.median(each[name].cpu for each in rounds)
        memory = max(each[name].memory for each in rounds)
        cells.append(f"{seconds:.2f} s, CPU {cpu:.2f} s, {memory:.0f} MiB")
        if name != "cais":
            ratio = statistics.median(each["cais"].cpu / each[name].cpu for each in rounds)
            cells.append(f"{ratio:.3f}")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--ours", action="store_true", help="without the other checkers, and up to 5,000")
    ours_only = parser.parse_args().ours
    header = ["resources", "cais"] + ([] if ours_only else ["cfn-lint", "CPU ratio", "checkov", "CPU ratio"])
    print(f"| {' | '.join(header)} |\n|{' --- |' * len(header)}")
    programs = checkers(ours_only=ours_only)
    with tempfile.TemporaryDirectory() as folder:
        for resources in OWN_SIZES if ours_only else SIZES:
            print(row(resources, Path(folder), programs), flush=True)


if __name__ == "__main__":
    main()
