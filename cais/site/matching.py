"""Whether a pattern of a policy matches a value of which parts may be open: yes, no or perhaps."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from cais.template.facts import GLOBAL_WORDS
from cais.template.text import join
from cais.template.values import Attribute, Pseudo, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cais.site.model.values import Key, MaybeText
    from cais.template.values import Leaf

FIRST_MARK, FIRST_WORD = "\ue000", "\uf000"  # private use: in no ARN
ANY = Pseudo("any")
"""What stands for the id of a resource when any will do."""
PARTITION, SPELLED = Pseudo("AWS::Partition"), re.compile(r"^arn:aws(-[a-z]+)*\*?:")
WORDS = {ANY.name, *GLOBAL_WORDS}
"""Pseudo parameters without a colon or a slash; what else is open may hold them."""
ANYTHING, A_WORD = re.compile(r".*", re.DOTALL), re.compile(r"[^:/]*")
LITERAL = str.maketrans({"*": "\uf8fe", "?": "\uf8ff"})
"""Wildcards as what they are under StringEquals: ordinary characters."""


class Match(Enum):
    """The three ways that a comparison can turn out."""

    NO = 0
    PERHAPS = 1
    YES = 2


def best(matches: Iterable[Match]) -> Match:
    """The match of a list, of which one has to match."""
    return max(matches, key=lambda match: match.value, default=Match.NO)


def worst(matches: Iterable[Match]) -> Match:
    """The match of conditions that all have to hold."""
    return min(matches, key=lambda match: match.value, default=Match.YES)


def opposite(match: Match) -> Match:
    """The match of a list of exceptions, as NotAction has."""
    return Match(Match.YES.value - match.value)


def matches_action(pattern: MaybeText, action: str) -> Match:
    """Whether a pattern such as "ecr:Get*" means the action; IAM does not tell upper from lower case."""
    if not isinstance(pattern, str):
        return Match.PERHAPS
    return Match.YES if _expression(pattern.lower()).fullmatch(action.lower()) else Match.NO


def matches_resource(pattern: MaybeText, resource: Key) -> Match:
    """Whether a pattern means the resource.

    Equal open parts are the same value, and a partition that one of them spells is that of the deployment. A
    pattern that differs only where something is open may match.
    """
    bare = isinstance(pattern, Attribute) or isinstance(resource, Attribute)
    if bare or (_owner(pattern) and _owner(resource)):
        return _matches_attribute(pattern, resource)
    marks: dict[Leaf, str] = {}
    wanted, given = _marked(pattern, marks), _marked(resource, marks)
    if partition := marks.get(PARTITION):
        wanted, given = (SPELLED.sub(f"arn:{partition}:", each) for each in (wanted, given))
    if _expression(wanted).fullmatch(given):
        return Match.YES
    free = "".join(mark for mark in marks.values() if (mark in wanted) != (mark in given))
    return Match.PERHAPS if free and _may_agree(wanted, given, free) else Match.NO


def equals(wanted: MaybeText, given: MaybeText) -> Match:
    """Whether two strings are the same, as StringEquals means it: case counts, wildcards are none."""
    marks: dict[Leaf, str] = {}
    mine, other = (_marked(each, marks).translate(LITERAL) for each in (wanted, given))
    if mine == other:
        return Match.YES
    free = "".join(marks.values())
    return Match.PERHAPS if free and _may_agree(mine, other, free) else Match.NO


def _may_agree(pattern: str, value: str, free: str) -> bool:
    """Whether any texts in place of what is free let the pattern match the value."""
    empty, end = re.compile(f"[*{free}]*"), len(pattern)
    places = _further(pattern, {0}, empty)
    for each in value:
        if each in free:
            places = _further(pattern, places, ANYTHING if each < FIRST_WORD else A_WORD)
            continue
        stay = {place for place in places if place < end and pattern[place] in f"*{free}"}
        on = {place + 1 for place in places if place < end and pattern[place] in {"?", each}}
        places = _further(pattern, stay | on, empty)
    return end in places


def _further(pattern: str, places: set[int], passed: re.Pattern[str]) -> set[int]:
    """The places in a pattern that are reached from others over what may be passed."""
    ends = {place: match.end() for place in places if (match := passed.match(pattern, place))}
    return {each for place, end in ends.items() for each in range(place, end + 1)}


def _matches_attribute(pattern: MaybeText, resource: Key) -> Match:
    if pattern == "*":
        return Match.YES
    mine, other = _owner(pattern), _owner(resource)
    if mine is None or other is None:
        return Match.PERHAPS
    if mine != other:
        return Match.NO
    # What is named may be an ARN or a name of another form, so that only a match is certain.
    return max(
        matches_resource(_behind(pattern), _behind(resource)), Match.PERHAPS, key=lambda each: each.value
    )


def _behind(value: MaybeText) -> MaybeText:
    """What follows the resource that a value begins with."""
    return join(value.parts[1:]) if isinstance(value, Text) else ""


def _owner(value: MaybeText) -> tuple[str, str] | None:
    """The resource of the templates whose name or ARN the value begins with."""
    first = value.parts[0] if isinstance(value, Text) else value
    return (first.template, first.logical_id) if isinstance(first, Attribute) else None


def _marked(value: MaybeText, marks: dict[Leaf, str]) -> str:
    """The value with a character of its own for each open part."""
    if isinstance(value, str):
        return value
    parts = value.parts if isinstance(value, Text) else (value,)
    return "".join(part if isinstance(part, str) else _mark(part, marks) for part in parts)


def _mark(part: Leaf, marks: dict[Leaf, str]) -> str:
    is_word = isinstance(part, Pseudo) and part.name in WORDS
    return marks.setdefault(part, chr(ord(FIRST_WORD if is_word else FIRST_MARK) + len(marks)))


@lru_cache(maxsize=1024)
def _expression(pattern: str) -> re.Pattern[str]:
    """The pattern of a policy as a regular expression: * is anything, ? one character."""
    simple = re.sub(r"\*+", "*", pattern)
    return re.compile(
        "".join({"*": ".*", "?": "."}.get(each) or re.escape(each) for each in simple), re.DOTALL
    )
