"""Marks: plain words that stand for open parts of strings while a tool that knows only text handles them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cais.template.text import is_leaf, join
from cais.template.values import Text

if TYPE_CHECKING:
    from cais.site.model.values import Leaf, MaybeText

MARK = re.compile(r"caisopen(\d+)x")
"""A mark may stand in a name, a host, a path, JSON and YAML alike."""


class Marks:
    """Gives every open part a mark, and takes marks back."""

    def __init__(self) -> None:
        self._leaves: list[Leaf] = []

    def marked(self, text: MaybeText) -> str:
        """The string with a mark for each open part."""
        parts = text.parts if isinstance(text, Text) else (text,)
        return "".join(part if isinstance(part, str) else self._mark(part) for part in parts)

    def filled(self, value: Any) -> Any:
        """A tree of JSON with its leaves marked."""
        if isinstance(value, dict):
            return {name: self.filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        return self.marked(value) if is_leaf(value) else value

    def restored(self, value: Any) -> Any:
        """A tree of JSON with leaves where marks were; a name that is open keeps its mark."""
        if isinstance(value, dict):
            return {name: self.restored(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.restored(each) for each in value]
        return self._restored(value) if isinstance(value, str) else value

    def _mark(self, leaf: Leaf) -> str:
        if leaf not in self._leaves:
            self._leaves.append(leaf)
        return f"caisopen{self._leaves.index(leaf)}x"

    def _restored(self, text: str) -> MaybeText:
        pieces = MARK.split(text)
        parts = (self._leaves[int(piece)] if odd % 2 else piece for odd, piece in enumerate(pieces))
        return join(parts)
