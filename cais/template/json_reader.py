"""Reads JSON templates."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from cais.template.limits import DEEPEST, UnreadableError

_RESOURCE = re.compile(r'"(\w+)"\s*:\s*\{\s*"Type"')


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
    except UnreadableError:
        raise
    except ValueError as error:
        raise UnreadableError(f"is not JSON: {error}") from error  # a number of thousands of digits


def resource_lines(text: str, body: Any) -> dict[str, int]:
    """The lines of the resources that begin with their type, as CDK writes them, counted from 1."""
    resources = body.get("Resources") if isinstance(body, dict) else None
    if not isinstance(resources, dict):
        return {}
    lines: dict[str, int] = {}
    line, here = 1, 0
    for match in _RESOURCE.finditer(text, max(text.find('"Resources"'), 0)):
        if match[1] in resources and match[1] not in lines:
            line += text.count("\n", here, match.start())
            here = match.start()
            lines[match[1]] = line
    return lines


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) == len(pairs):
        return mapping
    seen: set[str] = set()
    twice = next(key for key, _ in pairs if key in seen or seen.add(key))
    raise UnreadableError(f'has the key "{twice}" twice in one mapping; remove one')


def _no_constant(name: str) -> NoReturn:
    raise UnreadableError(f"is not JSON: {name} is no JSON number")
