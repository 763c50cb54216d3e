"""Reads YAML templates, with CloudFormation's short tags, in one pass over the parser's events.

Events, unlike whole documents, let us stop as soon as aliases or nesting grow out of bounds.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from yaml.constructor import SafeConstructor

from cais.template.limits import DEEPEST, MOST_VALUES, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable

# The pure parser reads the same, ten times slower, where PyYAML was built without libyaml.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
RESOLVERS = yaml.SafeLoader.yaml_implicit_resolvers
STANDARD = "tag:yaml.org,2002:"
MERGE = "<<"
NUMBERED = frozenset({"Resources", "jobs"})
"""Of what is below these keys, the lines are kept: resources of a template, jobs of a workflow."""
WITHOUT_FN = frozenset({"Ref", "Condition"})
SCALARS: dict[str, Callable[[SafeConstructor, yaml.ScalarNode], Any]] = {
    f"{STANDARD}bool": SafeConstructor.construct_yaml_bool,
    f"{STANDARD}float": SafeConstructor.construct_yaml_float,
    f"{STANDARD}int": SafeConstructor.construct_yaml_int,
    f"{STANDARD}null": SafeConstructor.construct_yaml_null,
}
"""What plain scalars may be beyond strings; dates, such as a policy's version, stay strings."""


def parse_yaml(text: str) -> tuple[Any, dict[str, int]]:
    """The document in a YAML text, and the lines of its resources or jobs, counted from 1.

    Raises:
        UnreadableError: it is not one YAML document, holds a key twice, or grows out of our limits.
    """
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        where = f" on line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UnreadableError(f"is not YAML{where}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise UnreadableError(f"is not YAML: {' '.join(str(error).split())}") from error
    return builder.document, builder.lines


class _Collection:
    """A list or mapping that is being read. `key` waits for its value; `before` counts the values so far."""

    __slots__ = ("anchor", "before", "items", "key", "merged", "tag")

    def __init__(self, items: dict[str, Any] | list[Any], event: Any, before: int) -> None:
        self.items = items
        self.tag: str | None = event.tag
        self.anchor: str | None = event.anchor
        self.before = before
        self.key: str | None = None
        self.merged: dict[str, Any] = {}


class _Builder:
    """Builds plain values from YAML events. `values` counts them as if aliases were written out."""

    def __init__(self) -> None:
        self.document: Any = None
        self.lines: dict[str, int] = {}
        self.values = 0
        self._open: list[_Collection] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._documents = 0

    def take(self, event: Any) -> None:
        """The next event."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._take_scalar(event)
        elif kind is yaml.MappingStartEvent:
            self._start({}, event)
        elif kind is yaml.SequenceStartEvent:
            self._start([], event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._end()
        elif kind is yaml.AliasEvent:
            self._take_alias(event)
        elif kind is yaml.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                raise UnreadableError("holds more than one YAML document; keep one")

    def _take_scalar(self, event: yaml.ScalarEvent) -> None:
        parent = self._open[-1] if self._open else None
        if parent is not None and parent.key is None and type(parent.items) is dict:
            self._take_key(parent, event)
            return
        value = _scalar(event)
        if event.anchor:
            self._anchors[event.anchor] = value, 1
        self._put(value, 1)

    def _take_key(self, parent: _Collection, event: yaml.ScalarEvent) -> None:
        key = event.value
        if key in parent.items:
            raise UnreadableError(
                f'has the key "{key}" twice in one mapping, again on line {_line(event)}; remove one'
            )
        parent.key = key
        if len(self._open) == 2 and self._open[0].key in NUMBERED:  # noqa: PLR2004 - the level of logical ids
            self.lines[key] = _line(event)

    def _take_alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self._anchors:
            raise UnreadableError(
                f"has the alias *{event.anchor} on line {_line(event)}, of nothing before it"
            )
        self._no_key(event)
        self._put(*self._anchors[event.anchor])

    def _no_key(self, event: Any) -> None:
        if self._open and type(self._open[-1].items) is dict and self._open[-1].key is None:
            raise UnreadableError(f"has a key on line {_line(event)} that is no plain text; write it out")

    def _start(self, items: dict[str, Any] | list[Any], event: Any) -> None:
        self._no_key(event)
        if len(self._open) >= DEEPEST:
            raise UnreadableError(f"is nested more than {DEEPEST} levels deep on line {_line(event)}")
        self._open.append(_Collection(items, event, self.values))

    def _end(self) -> None:
        done = self._open.pop()
        if done.merged:
            done.items = done.merged | done.items  # pyright: ignore[reportOperatorIssue] - only mappings merge
        value = _tagged(done.tag, done.items)
        if done.anchor:
            self._anchors[done.anchor] = value, self.values - done.before + 1
        self._put(value, 1)

    def _put(self, value: Any, size: int) -> None:
        self.values += size
        if self.values > MOST_VALUES:
            raise UnreadableError(
                f"holds more than {MOST_VALUES} values, aliases written out; split the stack"
            )
        if not self._open:
            self.document = value
            return
        parent = self._open[-1]
        if isinstance(parent.items, list):
            parent.items.append(value)
        elif parent.key is not None:
            if parent.key == MERGE:
                parent.merged = _merged(value)
            else:
                parent.items[parent.key] = value
            parent.key = None


def _merged(value: Any) -> dict[str, Any]:
    """What "<<" adds to a mapping: a mapping, or several of which the earlier win."""
    merged: dict[str, Any] = {}
    for mapping in reversed(value if isinstance(value, list) else [value]):
        if not isinstance(mapping, dict):
            raise UnreadableError('has "<<" before a value that is no mapping; remove it')
        merged |= mapping
    return merged


def _scalar(event: yaml.ScalarEvent) -> Any:
    if event.tag is not None:
        return _tagged(event.tag, event.value)
    if event.implicit[0]:
        for tag, pattern in RESOLVERS.get(event.value[:1], ()):
            if tag in SCALARS and pattern.match(event.value):
                return _converted(tag, event.value)
    return event.value


def _converted(tag: str, text: str) -> Any:
    try:
        return SCALARS[tag](SafeConstructor(), yaml.ScalarNode(tag, text))
    except (ValueError, KeyError):
        return text


def _tagged(tag: str | None, value: Any) -> Any:
    """A value under its tag: "!GetAtt x" is {"Fn::GetAtt": x}; YAML's own tags only name the type."""
    if tag is None or tag == "!":
        return value
    if tag in SCALARS and isinstance(value, str):
        return _converted(tag, value)
    if tag.startswith(STANDARD):
        if tag.removeprefix(STANDARD) in {"str", "seq", "map"}:
            return value
        raise UnreadableError(f"has the tag {tag}, which templates cannot have; remove it")
    name = tag.removeprefix("!")
    return {name if name in WITHOUT_FN else f"Fn::{name}": value}


def _line(event: Any) -> int:
    return event.start_mark.line + 1
