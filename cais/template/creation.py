"""Where in a CDK app the constructs are made: the stack traces that `cdk synth --debug` leaves behind."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cais.template.json_reader import parse_json
from cais.template.limits import UnreadableError
from cais.template.source import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CREATION = "aws:cdk:creationStack"
FRAME = re.compile(r"\((?P<file>/.+):(?P<line>\d+)(:\d+)?\)$")
"""A frame such as `_target_group (/app/ecs/load_balancer.py:77)`; JavaScript adds the column."""
LIBRARIES = frozenset({"site-packages", "node_modules"})


def creation_places(paths: Iterable[Path], *, root: Path) -> dict[str, tuple[str, int]]:
    """The file below `root` and the line that made each construct, by its path in the tree of constructs.

    `paths` are cloud assemblies; what else is among them, and what was synthesized without `--debug`, has
    no such places.
    """
    places: dict[str, tuple[str, int]] = {}
    for file in (file for path in paths for file in sorted(path.glob("**/*.metadata.json"))):
        for construct_path, frames in _creations(_read(file)):
            if place := _nearest(frames, root=root):
                places[construct_path.removeprefix("/")] = place
    return places


def _read(file: Path) -> dict[str, Any]:
    try:
        content = parse_json(read_text(file))
    except UnreadableError:
        return {}
    return content if isinstance(content, dict) else {}


def _creations(metadata: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for construct_path, entries in metadata.items():
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and entry.get("type") == CREATION and isinstance(entry["data"], list):
                yield construct_path, list(map(str, entry["data"]))


def _nearest(frames: Iterable[str], *, root: Path) -> tuple[str, int] | None:
    """The innermost frame that is the user's own code."""
    for frame in frames:
        if match := FRAME.search(frame):
            file = Path(match["file"])
            if file.is_relative_to(root) and not LIBRARIES.intersection(file.parts):
                return file.relative_to(root).as_posix(), int(match["line"])
    return None
