"""Which function something calls, by whichever of the ways to write it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cais.site.builders import values as v
from cais.site.model.serverless import Callee
from cais.site.model.values import Attribute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cais.site.model.serverless import Function
    from cais.site.model.values import Key
    from cais.template import Value

LITERAL = re.compile(
    r"(?:.*?arn:[^:]+:lambda:[^:]*:[^:]*:function:)?(?P<name>[\w-]+)(?::(?P<qualifier>[\w$-]+))?(?:/invocations)?"
)
QUALIFIER = re.compile(r":(?P<name>[\w$-]+)(?:/.*)?")


class Callees:
    """The functions of an assembly with their versions and aliases, to look them up."""

    def __init__(self, functions: Mapping[Key, Function], aliases: Mapping[Key, Key]) -> None:
        self._functions, self._aliases = functions, aliases
        self._names = {each.name: key for key, each in functions.items() if isinstance(each.name, str)}

    def of(self, value: Value) -> Callee:
        """The function that a name, an ARN or the URI of an integration means."""
        if isinstance(value, str) and (match := LITERAL.fullmatch(value)):
            return Callee(
                function=self._names.get(match["name"], match["name"]), qualifier=match["qualifier"]
            )
        parts = v.parts(v.text(value, ""))
        for number, part in enumerate(parts):
            if isinstance(part, Attribute) and (found := self._by_key(v.key(part))):
                rest = parts[number + 1] if number + 1 < len(parts) else ""
                match = QUALIFIER.fullmatch(rest) if isinstance(rest, str) else None
                return Callee(function=found.function, qualifier=match["name"]) if match else found
        return Callee(function=v.key(value))

    def qualified(self, value: Value, qualifier: Value) -> Callee:
        """The same, of a function whose version or alias is told beside it."""
        found = self.of(value)
        return found if qualifier is None else Callee(function=found.function, qualifier=v.key(qualifier))

    def calls_any(self, value: Value) -> bool:
        """Whether a URI is surely that of a function."""
        texts = [part for part in v.parts(v.text(value, "")) if isinstance(part, str)]
        return any(":function:" in each or "/functions/" in each for each in texts) or (
            self.of(value).function in self._functions
        )

    def _by_key(self, key: Key) -> Callee | None:
        if key in self._functions:
            return Callee(function=key)
        return Callee(function=self._aliases[key], qualifier=key) if key in self._aliases else None
