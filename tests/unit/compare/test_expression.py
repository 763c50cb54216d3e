"""The arithmetic of cost lines."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from cais.compare.expression import (
    LOAD,
    RATE,
    Period,
    Variable,
    as_data,
    bound,
    ceiling,
    evaluate,
    expression,
    floor,
    maximum,
    minimum,
    over_day,
    packed,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cais.compare.expression import Expression, Operand

LOAD_NOW = Variable(LOAD)
OFFICE = (Period(Decimal("0.25"), Decimal(4)), Period(Decimal("0.75"), Decimal(0)))


def number(what: Operand, day: Sequence[Period] = (), **values: int) -> Decimal:
    return evaluate(expression(what), {name: Decimal(value) for name, value in values.items()}, day)


def test_operators_keep_decimals_exact():
    assert number(expression("0.1") + "0.2") == Decimal("0.3")
    assert number(10 - expression(4) * 2 / 4) == 8


@pytest.mark.parametrize(
    ("what", "comes_to"),
    [
        (ceiling("2.1"), 3),
        (ceiling("2.0000000001"), 2),
        (floor("2.9"), 2),
        (floor("2.9999999999"), 3),
        (maximum(1, 3, 2), 3),
        (minimum(1, 3, 2), 1),
    ],
)
def test_functions(what: Expression, comes_to: int):
    assert number(what) == comes_to


def test_a_day_is_the_mean_of_its_periods_each_at_its_own_load():
    copies = maximum(2, ceiling(LOAD_NOW / 10))
    assert (
        number(over_day(copies), OFFICE, requests_per_second=20) == Decimal("0.25") * 8 + Decimal("0.75") * 2
    )


def test_packing_counts_nodes_for_pods_of_several_sizes():
    node = (Decimal(2), Decimal(4), 10)
    assert number(packed(node, ("0.5", "0.5", 4))) == 1
    assert number(packed(node, ("0.5", "0.5", 5))) == 2
    assert number(packed(node, ("0.1", "0.1", 11))) == 2, "the node has addresses for ten pods"
    assert number(packed(node, (1, "3.5", 2), ("0.5", "0.5", 2))) == 2, (
        "small pods fill what large ones leave"
    )


def test_a_pod_larger_than_a_node_is_an_error():
    with pytest.raises(ValueError, match="larger than a node"):
        number(packed((1, 1, 10), (2, "0.1", 1)))


def test_binding_leaves_the_same_number():
    total = over_day(maximum(1, LOAD_NOW * Variable("cpu"))) * Variable("price")
    values = {"cpu": Decimal(3), "price": Decimal(7)}
    folded = bound(total, values)
    assert variables(folded) == {RATE}
    rate = {RATE: Decimal(5)}
    assert evaluate(folded, rate, OFFICE) == evaluate(total, {**values, **rate}, OFFICE)


def test_data_is_numbers_names_and_lists():
    assert as_data(over_day(ceiling(LOAD_NOW * "0.5")) * Variable("hours")) == [
        "*",
        ["day", ["ceil", ["*", "load", 0.5]]],
        "hours",
    ]
