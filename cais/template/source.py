"""Template files as they stand on the disk, before anything in them is resolved."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from cais.template.limits import DEEPEST, LARGEST, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUFFIXES = frozenset({".json", ".yaml", ".yml", ".template"})


@dataclass(slots=True, kw_only=True)
class Source:
    """One template file.

    `nested` maps the logical id of a nested stack to its own template, where that is at hand. `lines` maps
    logical ids to lines, counted from 1. `stack_name`, `account` and `region` are None until deployment.
    """

    path: Path
    body: dict[str, Any]
    name: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)
    stack_name: str | None = None
    account: str | None = None
    region: str | None = None
    after: tuple[Path, ...] = ()
    construct_paths: Mapping[str, str] = field(default_factory=dict)
    nested: dict[str, Source] = field(default_factory=dict)

    def section(self, name: str) -> dict[str, Any]:
        """One section of the template, such as "Parameters"; empty where it is missing or no mapping."""
        section = self.body.get(name)
        return section if isinstance(section, dict) else {}


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        UnreadableError: it is missing, no regular file, too large or not UTF-8.
    """
    try:
        if not path.is_file():
            raise UnreadableError("is no file; check the path")
        if path.stat().st_size > LARGEST:
            raise UnreadableError(
                f"is larger than {LARGEST} bytes, and CloudFormation takes 1 MB; split the stack"
            )
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnreadableError(
            f"cannot be read: {error.strerror}; check the path and its permissions"
        ) from error
    except UnicodeDecodeError as error:
        raise UnreadableError(f"is not UTF-8 text: {error.reason}; save it as UTF-8") from error


def read_body(path: Path) -> tuple[Any, Mapping[str, int]]:
    """The document in a file, and the lines of its resources.

    Raises:
        UnreadableError: it cannot be read, parsed or kept within our limits.
    """
    text = read_text(path)
    if not text.strip():
        raise UnreadableError("is empty; write a template into it")
    if text.lstrip().startswith("{"):
        body = parse_json(text)
        lines = _json_lines(text, body)
    else:
        from cais.template.yaml_reader import parse_yaml  # noqa: PLC0415 - PyYAML costs 30 ms, JSON needs none of it

        body, lines = parse_yaml(text)
    _check_depth(body)
    return body, lines


def parse_json(text: str) -> Any:
    """A JSON document, without what JSON does not have (NaN) and templates must not have (a key twice).

    Raises:
        UnreadableError: it is not JSON.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"is not JSON: {error}") from error
    except RecursionError as error:
        raise UnreadableError(f"is nested more than {DEEPEST} levels deep") from error


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) == len(pairs):
        return mapping
    keys = [key for key, _ in pairs]
    twice = next(key for key in keys if keys.count(key) > 1)
    raise UnreadableError(f'has the key "{twice}" twice in one mapping; remove one')


def _no_constant(name: str) -> NoReturn:
    raise UnreadableError(f"is not JSON: {name} is no JSON number")


def _check_depth(body: Any) -> None:
    level = [body]
    for _ in range(DEEPEST):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return
    raise UnreadableError(f"is nested more than {DEEPEST} levels deep")


def _json_lines(text: str, body: Any) -> dict[str, int]:
    """The lines of the resources' keys, found in order, so that the text is scanned once."""
    resources = body.get("Resources") if isinstance(body, dict) else None
    if not isinstance(resources, dict):
        return {}
    lines: dict[str, int] = {}
    line, here = 1, 0
    for key in ("Resources", *resources):
        found = text.find(f'"{key}":', here)
        if found < 0:
            continue
        line += text.count("\n", here, found)
        here = lines_end = found
        lines[key] = line
        here = lines_end
    lines.pop("Resources", None)
    return lines
