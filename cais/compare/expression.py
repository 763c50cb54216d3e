"""Arithmetic as a value: worked out here, worked out again in a browser, and read by a person.

A cost line is an expression over the assumptions. So the HTML page moves a slider and evaluates the very
formula that made the figure of the report, and no formula is written twice.

Numbers are Decimals. `ceiling` and `floor` forgive an error of 1e-9, so that a browser's binary fractions
come to the same whole number.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from cais.compare.packing import nodes_needed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LOAD = "load"
"""The variable that `over_day` binds: requests per second in one part of the day."""
RATE = "requests_per_second"
"""The variable for requests per second on average."""
FORGIVEN = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Period:
    """A part of the day with one rate: its share of all hours, and its rate in terms of the average."""

    share: Decimal
    factor: Decimal


class Expression:
    """A number, a variable or an operation; Python's operators build operations."""

    __slots__ = ()

    def __add__(self, other: Operand) -> Expression:
        return Operation("+", (self, expression(other)))

    def __radd__(self, other: Operand) -> Expression:
        return Operation("+", (expression(other), self))

    def __sub__(self, other: Operand) -> Expression:
        return Operation("-", (self, expression(other)))

    def __rsub__(self, other: Operand) -> Expression:
        return Operation("-", (expression(other), self))

    def __mul__(self, other: Operand) -> Expression:
        return Operation("*", (self, expression(other)))

    def __rmul__(self, other: Operand) -> Expression:
        return Operation("*", (expression(other), self))

    def __truediv__(self, other: Operand) -> Expression:
        return Operation("/", (self, expression(other)))

    def __rtruediv__(self, other: Operand) -> Expression:
        return Operation("/", (expression(other), self))


@dataclass(frozen=True, slots=True)
class Number(Expression):
    """A constant."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Variable(Expression):
    """What an assumption or the load gives a value to."""

    name: str


@dataclass(frozen=True, slots=True)
class Operation(Expression):
    """An operation of `OPERATIONS`, or "day", on expressions."""

    name: str
    arguments: tuple[Expression, ...]


Operand: TypeAlias = Expression | Decimal | int | str


def expression(operand: Operand) -> Expression:
    """An operand as an expression; text is a decimal number, so that 0.1 stays 0.1."""
    return operand if isinstance(operand, Expression) else Number(Decimal(operand))


def maximum(*operands: Operand) -> Expression:
    """The greatest."""
    return Operation("max", tuple(map(expression, operands)))


def minimum(*operands: Operand) -> Expression:
    """The least."""
    return Operation("min", tuple(map(expression, operands)))


def ceiling(operand: Operand) -> Expression:
    """The next whole number above."""
    return Operation("ceil", (expression(operand),))


def floor(operand: Operand) -> Expression:
    """The next whole number below."""
    return Operation("floor", (expression(operand),))


def exponential(operand: Operand) -> Expression:
    """E to this power."""
    return Operation("exp", (expression(operand),))


def over_day(body: Operand) -> Expression:
    """The mean of `body` over the day, in which the variable `load` is each period's rate."""
    return Operation("day", (expression(body),))


def packed(node: Sequence[Operand], *pods: Sequence[Operand]) -> Expression:
    """How many nodes (cpu, memory, pods) it takes for pods of the sizes (cpu, memory, count)."""
    numbers = (*node, *(number for pod in pods for number in pod))
    return Operation("pack", tuple(map(expression, numbers)))


def evaluate(what: Expression, values: Mapping[str, Decimal], day: Sequence[Period] = ()) -> Decimal:
    """The number that an expression comes to.

    Raises:
        KeyError: a variable has no value.
    """
    match what:
        case Number(value):
            return value
        case Variable(name):
            return values[name]
        case Operation("day", (body,)):
            return sum((_in_period(body, values, period) for period in day), Decimal(0))
        case Operation(name, arguments):
            return OPERATIONS[name](*(evaluate(argument, values, day) for argument in arguments))
    raise TypeError(what)


def variables(what: Expression) -> frozenset[str]:
    """The names of the variables in an expression."""
    match what:
        case Variable(name):
            return frozenset({name})
        case Operation(name, arguments):
            inner = frozenset[str]().union(*map(variables, arguments))
            return (inner - {LOAD}) | {RATE} if name == "day" and LOAD in inner else inner
    return frozenset()


def bound(what: Expression, values: Mapping[str, Decimal]) -> Expression:
    """The expression with these variables replaced, and worked out as far as that goes."""
    match what:
        case Variable(name) if name in values:
            return Number(values[name])
        case Operation(name, arguments):
            parts = tuple(bound(argument, values) for argument in arguments)
            if name == "day":
                return parts[0] if isinstance(parts[0], Number) else Operation("day", parts)
            whole = Operation(name, parts)
            return Number(evaluate(whole, {})) if all(isinstance(part, Number) for part in parts) else whole
    return what


def as_data(what: Expression) -> Any:
    """JSON: a number, the name of a variable, or a list of an operation's name and its arguments."""
    match what:
        case Number(value):
            return int(value) if value == value.to_integral_value() else float(value)
        case Variable(name):
            return name
        case Operation(name, arguments):
            return [name, *map(as_data, arguments)]
    raise TypeError(what)


def _in_period(body: Expression, values: Mapping[str, Decimal], period: Period) -> Decimal:
    return period.share * evaluate(body, {**values, LOAD: values[RATE] * period.factor})


def _pack(*numbers: Decimal) -> Decimal:
    node, rest = numbers[:3], numbers[3:]
    pods = [(rest[at], rest[at + 1], int(rest[at + 2])) for at in range(0, len(rest), 3)]
    return Decimal(nodes_needed((node[0], node[1], int(node[2])), pods))


OPERATIONS: dict[str, Callable[..., Decimal]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "max": max,
    "min": min,
    "ceil": lambda number: (number - FORGIVEN).to_integral_value(ROUND_CEILING),
    "floor": lambda number: (number + FORGIVEN).to_integral_value(ROUND_FLOOR),
    "exp": lambda power: power.exp(),
    "pack": _pack,
}
