"""Conditions of a policy, evaluated for a request of which some keys are known.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cais.site.matching import Match, best, equals, matches_resource, opposite
from cais.template.text import is_leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cais.site.model.identity import Condition
    from cais.site.model.values import MaybeText

NOTHING = "\0"
"""No key begins with it."""
ALL, ANY, IF_EXISTS, NOT = "forallvalues:", "foranyvalue:", "ifexists", "not"
VARIABLE = "${"


def _equals_in_any_case(wanted: MaybeText, given: MaybeText) -> Match:
    lower = (each.lower() if isinstance(each, str) else each for each in (wanted, given))
    return equals(*lower)


OPERATORS: Mapping[str, Callable[[MaybeText, MaybeText], Match]] = {
    "stringequals": equals,
    "stringequalsignorecase": _equals_in_any_case,
    "stringlike": matches_resource,
    "arnequals": matches_resource,
    "arnlike": matches_resource,
    "bool": _equals_in_any_case,
}
"""The operators that compare strings, ARNs or flags, and how; those with Not are their opposites."""


def holds(condition: Condition, known: Mapping[str, MaybeText], *, complete: str) -> Match:
    """Whether a condition holds for a request with the keys `known`, by their names in lower case.

    Of keys that begin with `complete` the request has no others; any other key may have any value. An
    operator that compares numbers, times or addresses, and a policy variable, leave it open.
    """
    if not isinstance(condition.key, str):
        return Match.PERHAPS
    key, operator = condition.key.lower(), condition.operator.lower()
    given = known.get(key)
    if given is None and not key.startswith(complete):
        return Match.PERHAPS
    if operator == "null":
        return best(equals(each, "true" if given is None else "false") for each in condition.values)
    every = operator.startswith(ALL)
    operator = operator.removeprefix(ALL).removeprefix(ANY)
    optional = operator.endswith(IF_EXISTS)
    negated = NOT in operator
    compare = OPERATORS.get(operator.removesuffix(IF_EXISTS).replace(NOT, "", 1))
    if compare is None:
        return Match.PERHAPS
    if given is None:
        # ForAllValues holds for a key that is not there, which is why AWS warns of it.
        return Match.YES if every or optional or negated else Match.NO
    match = best(_compare(compare, each, given) for each in condition.values)
    return opposite(match) if negated else match


def _compare(compare: Callable[[MaybeText, MaybeText], Match], wanted: MaybeText, given: MaybeText) -> Match:
    if isinstance(wanted, str) and VARIABLE in wanted and not is_leaf(given):
        return Match.PERHAPS
    return compare(wanted, given)
