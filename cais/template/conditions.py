"""Conditions, in three values: true, false, or open until a comparison is assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cais.template.worlds import Atom

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cais.template.resolve import Stack


def settle(stack: Stack, raw: Any) -> bool | Atom:
    """Whether a condition holds, or the first comparison that this depends on.

    What is no condition at all reads as a comparison that nobody can decide.
    """
    name, argument = next(iter(raw.items())) if isinstance(raw, dict) and len(raw) == 1 else ("", raw)
    items = argument if isinstance(argument, list) else []
    if name == "Condition" and isinstance(argument, str):
        return stack.settled(argument)
    if name == "Fn::Equals" and len(items) == 2:  # noqa: PLR2004 - equals takes a pair
        return stack.compare(*items)
    if name == "Fn::Not" and len(items) == 1:
        answer = settle(stack, items[0])
        return answer if isinstance(answer, Atom) else not answer
    if name in {"Fn::And", "Fn::Or"} and items:
        return _combine((settle(stack, item) for item in items), decisive=name == "Fn::Or")
    return stack.compare(raw, "true")


def _combine(answers: Iterable[bool | Atom], *, decisive: bool) -> bool | Atom:
    """Fn::Or (one true decides) or Fn::And (one false decides)."""
    open_question: Atom | None = None
    for answer in answers:
        if answer is decisive:
            return decisive
        if isinstance(answer, Atom):
            open_question = open_question or answer
    return open_question or not decisive
