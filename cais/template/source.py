"""Template files as they stand on the disk, before anything in them is resolved."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from cais.template.json_reader import parse_json, resource_lines
from cais.template.limits import DEEPEST, LARGEST, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUFFIXES = (".json", ".yaml", ".yml", ".template")


class StackFacts(NamedTuple):
    """What a cloud assembly tells about a template's stack; None where the deployment decides.

    `depends_on` are the templates that are deployed before it, `construct_paths` are by logical id.
    """

    stack_name: str | None = None
    account: str | None = None
    region: str | None = None
    depends_on: tuple[Path, ...] = ()
    construct_paths: Mapping[str, str] = MappingProxyType({})


class Source:
    """One template file.

    `lines` maps logical ids to lines, counted from 1. `nested` maps the logical id of a nested stack to its
    own template, where that is at hand. `gaps` says what only a macro could add.
    """

    def __init__(self, path: Path, body: dict[str, Any], *, lines: Mapping[str, int]) -> None:
        self.path = path
        self.body = body
        self.lines = lines
        self.nested: dict[str, Source] = {}
        self.gaps: tuple[str, ...] = ()
        self.stack = StackFacts()

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
            raise UnreadableError(f"is larger than {LARGEST >> 20} MB (CloudFormation takes 1); split it")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}; check its permissions") from error
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
    body, lines = _parsed(text, is_json=path.suffix == ".json")
    _check_depth(body)
    return body, lines


def _parsed(text: str, *, is_json: bool) -> tuple[Any, Mapping[str, int]]:
    if is_json or text.lstrip().startswith("{"):
        try:
            body = parse_json(text)
            return body, resource_lines(text, body)
        except UnreadableError:
            if is_json:
                raise
    # PyYAML costs as much time as everything else together, and cdk.out needs none of it.
    from cais.template.yaml_reader import parse_yaml  # noqa: PLC0415 - see above

    return parse_yaml(text)


def _check_depth(body: Any) -> None:
    level = [body]
    for _ in range(DEEPEST):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node if type(node) is list else ())
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise UnreadableError(f"is nested more than {DEEPEST} levels deep; CloudFormation takes no such template")
