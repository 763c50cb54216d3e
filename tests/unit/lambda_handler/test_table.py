import warnings

import pytest

from tests.unit.lambda_handler.events import KINDS
from tests.unit.lambda_handler.table import BEHAVIOURS, Cell, cells

# A single-value event holds one value a key: what the client sent twice never reaches the function.
LOST_BY_THE_SENDER = {("ALB", "a repeated query key")}


@pytest.fixture(scope="module")
def table() -> list[Cell]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the yardsticks' own
        return cells()


def right(table: list[Cell], adapter: str) -> set[tuple[str, str]]:
    return {(cell.kind, cell.behaviour) for cell in table if cell.adapter == adapter and cell.right}


def test_we_are_right_in_every_cell_that_the_event_can_tell(table: list[Cell]):
    every = {(kind, behaviour) for kind in KINDS for behaviour in BEHAVIOURS}
    assert every - right(table, "cais") == LOST_BY_THE_SENDER


@pytest.mark.parametrize("yardstick", ["apig-wsgi", "serverless-wsgi"])
def test_we_are_right_wherever_a_yardstick_is(table: list[Cell], yardstick: str):
    theirs = right(table, yardstick)
    assert theirs, "the yardstick was not measured"
    assert theirs <= right(table, "cais")
