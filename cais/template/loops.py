"""Writes out Fn::ForEach, the loop of the AWS::LanguageExtensions transform.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cais.template.limits import LARGEST, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOP = "Fn::ForEach::"


def write_out(body: Any, lists: Mapping[str, list[str]]) -> Any:
    """A document without loops whose items are known; `lists` maps parameters that are lists to their items.

    Raises:
        UnreadableError: the loops make more than a template may hold.
    """
    return _Loops(lists).expand(body, {})


class _Loops:
    def __init__(self, lists: Mapping[str, list[str]]) -> None:
        self._lists = lists
        self._size = 0

    def expand(self, node: Any, bound: Mapping[str, str]) -> Any:
        """A part of the document, `bound` being the values of the identifiers of the loops around it."""
        text = _replaced(node, bound) if isinstance(node, str) else ""
        self._size += 1 + len(text)
        if self._size > LARGEST:
            raise UnreadableError(f"grows beyond {LARGEST >> 20} MB with Fn::ForEach; loop over less")
        if isinstance(node, str):
            return text
        if isinstance(node, list):
            return [self.expand(child, bound) for child in node]
        if not isinstance(node, dict):
            return node
        match node:
            case {"Ref": str() as name} if len(node) == 1 and name in bound:
                return bound[name]
        expanded: dict[str, Any] = {}
        for key, child in node.items():
            entries = self._loop(child, bound) if key.startswith(LOOP) else None
            if entries is None:
                expanded[_replaced(key, bound)] = self.expand(child, bound)
            else:
                expanded |= entries
        return expanded

    def _loop(self, argument: Any, bound: Mapping[str, str]) -> dict[str, Any] | None:
        """The entries that [identifier, items, {key: value}] makes; None where the items are not known."""
        match argument:
            case [str() as identifier, items, dict() as template]:
                values = self._items(items, bound)
            case _:
                return None
        if values is None:
            return None
        entries: dict[str, Any] = {}
        for value in values:
            entries |= self.expand(template, {**bound, identifier: value})
        return entries

    def _items(self, items: Any, bound: Mapping[str, str]) -> list[str] | None:
        match items:
            case {"Ref": str() as name}:
                return self._lists.get(name)
            case [*texts] if all(isinstance(text, (str, int)) for text in texts):
                return [_replaced(str(text), bound) for text in texts]
        return None


def _replaced(text: str, bound: Mapping[str, str]) -> str:
    for identifier, value in bound.items():
        text = text.replace(f"${{{identifier}}}", value)
        # "&{…}" leaves out what a logical id cannot hold.
        text = text.replace(f"&{{{identifier}}}", "".join(filter(str.isalnum, value)))
    return text
