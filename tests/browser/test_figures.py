"""The numbers on the page are those of the report, and its sliders work out what Python works out."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cais.compare.expression import (
    LOAD,
    RATE,
    Variable,
    as_data,
    ceiling,
    evaluate,
    exponential,
    expression,
    floor,
    maximum,
    minimum,
    over_day,
    packed,
)
from cais.compare.packing import NoRoomError

if TYPE_CHECKING:
    from cais.compare.expression import Expression
    from cais.compare.report import Comparison
    from tests.browser.chromium import Page
    from tests.browser.conftest import Shown

RATES = (0, 0.01, 0.7, 6, 33, 480, 7000)
UNITS = {"k": 1e3, "M": 1e6}


def close(number: float) -> Any:
    return pytest.approx(number, rel=1e-6, abs=1e-9)


def choose(page: Page, name: str, value: Decimal) -> None:
    """Types a value into an assumption's field, as a reader does."""
    page.run(
        f"(field => {{ field.value = '{value}'; field.dispatchEvent(new Event('change')); }})"
        f"(document.getElementById('a-{name}'))"
    )
    page.settle()


def told(page: Page, selector: str) -> list[str]:
    return page.run(f"[...document.querySelectorAll('{selector}')].map(found => found.textContent)")


def test_the_curves_are_drawn_where_the_report_says(page: Page, three_targets: Shown):
    ticks = page.run(
        "[...document.querySelectorAll('#cost-chart .tick')].map(tick => [tick.textContent,"
        " +tick.getAttribute('x'), +tick.getAttribute('y'), tick.getAttribute('text-anchor')])"
    )
    up = [(_number(text), y - 4) for text, _, y, anchor in ticks if anchor == "end"]
    across = [(_number(text), x) for text, x, _, anchor in ticks if anchor == "middle"]
    x, y = _scale(across), _scale(up)
    curves = three_targets.report["curves"]
    for name, costs in curves["perMonth"].items():
        drawn = page.run(f"document.querySelector('#cost-chart .curve.t-{name}').getAttribute('d')")
        points = [tuple(map(float, point.split())) for point in re.split("[ML]", drawn)[1:]]
        expected = [(x(rate), y(cost)) for rate, cost in zip(curves["requestsPerSecond"], costs, strict=True)]
        assert points == [pytest.approx(point, abs=0.05) for point in expected], name


def _number(text: str) -> float:
    unit = UNITS.get(text[-1], 1)
    return float(text.rstrip("kM").replace(",", "")) * unit


def _scale(ticks: list[tuple[float, float]]) -> Any:
    """Values to pixels, by two numbers that are written on a logarithmic axis."""
    (low, start), (high, end) = min(ticks), max(ticks)
    return lambda value: start + math.log(value / low) / math.log(high / low) * (end - start)


def test_sums_and_lines_are_the_reports(page: Page, three_targets: Shown):
    report = three_targets.report
    assert page.run("model.curves()") == {
        name: [close(cost) for cost in costs] for name, costs in report["curves"]["perMonth"].items()
    }
    lines = page.run(
        "Object.fromEntries(model.names.map(name => [name, model.lines[name].map(line =>"
        " [line.id, model.quantity(line), model.unitPrice(line), model.sum([line])])]))"
    )
    for target in report["targets"]:
        expected = [
            [line["id"], close(line["quantity"]), close(line["unitPrice"]), close(line["amount"])]
            for line in target["lines"]
        ]
        assert lines[target["name"]] == expected
    prices = told(page, ".card .price")
    assert prices == [f"{target['perMonth']:,.2f} USD a month" for target in report["targets"]]


def test_the_sliders_model_is_pythons_on_a_grid(page: Page, three_targets: Shown):
    cases = [
        {RATE: rate, item.id: value}
        for item in three_targets.comparison.assumptions
        for value in sorted({item.minimum, item.low, item.high, min(item.maximum, item.default * 10)})
        for rate in map(Decimal, map(str, RATES))
    ]
    changes = json.dumps([{name: float(value) for name, value in case.items()} for case in cases])
    script = f"{changes}.map(changes => model.names.map(name => model.total(name, changes)))"
    comparison = three_targets.comparison
    assert len(cases) > 500
    for case, totals in zip(cases, page.run(script), strict=True):
        values = {**comparison.values, **case}
        for target, total in zip(comparison.targets, totals, strict=True):
            try:
                expected = close(float(target.bill.total(values, comparison.day)))
            except NoRoomError:
                expected = None  # how the browser hands over what is infinite
            assert total == expected, (target.name, case)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {RATE: "0.3"},
        {RATE: "400"},
        {"services": "14"},
        {"request_seconds": "0.12", "savings_fargate": "0.3"},
        {"cpu_seconds_per_request": "0.02", "cold_start_share": "0.02", RATE: "25"},
        {"target_utilisation": "0.4", "requests_per_acu": "60", "services": "3"},
    ],
    ids=lambda changes: ", ".join(changes) or "as it is",
)
def test_the_sentences_are_those_of_the_text_report(
    page: Page, three_targets: Shown, changes: dict[str, str]
):
    given = {name: Decimal(value) for name, value in changes.items()}
    for name, value in given.items():
        choose(page, name, value)
    again = three_targets.again(given)
    assert page.run("model.verdict()") == list(again.verdict)
    assert told(page, "#sentences p:not(.sure)") == list(again.verdict[1:])
    assert told(page, "#answer") == [_answer(again)]
    assert told(page, ".card .price") == [
        f"{again.monthly[target.name]:,.2f} USD a month" for target in again.targets
    ]


def _answer(comparison: Comparison) -> str:
    best = min(comparison.targets, key=lambda target: comparison.monthly[target.name])
    rate = comparison.load.requests_per_second
    return f"{best.title} costs least at {rate.normalize():f} requests/s"


def test_bands_are_the_reports(page: Page, three_targets: Shown):
    found = page.run("model.crossovers()")
    expected = three_targets.report["crossovers"]
    assert len(expected) > 1
    for item, other in zip(found, expected, strict=True):
        assert (item["below"], item["above"]) == (other["below"], other["above"])
        assert [item["rate"], item["low"], item["high"]] == pytest.approx(
            [other["requestsPerSecond"], other["low"], other["high"]], rel=1e-4
        )
        assert {one["assumption"] for one in item["influences"]} == {
            one["assumption"] for one in other["influences"]
        }


def test_what_is_plausible_is_the_reports(page: Page, three_targets: Shown):
    for target in three_targets.report["targets"]:
        expected = [close(target["perMonthLow"]), close(target["perMonthHigh"])]
        assert page.run(f"model.spread('{target['name']}')") == expected


def test_a_slider_moves_curves_sums_and_sentences_and_reset_takes_them_back(page: Page):
    script = """({
      curve: document.querySelector('.curve.t-ecs').getAttribute('d'),
      answer: document.getElementById('answer').textContent,
      sentences: document.getElementById('sentences').textContent,
      sums: document.querySelector('#bill-topics .sum').textContent,
      bars: document.querySelector('#bill-chart svg').outerHTML,
    })"""
    before = page.run(script)
    page.run(
        "document.getElementById('a-services').closest('.assumption').querySelector('[type=range]').focus()"
    )
    page.press("End")
    page.run("document.getElementById('rate').querySelector('[type=range]').focus()")
    page.press("ArrowRight")
    moved = page.run(f"model.values['{RATE}']")
    page.press("Home")
    after = page.run(script)
    assert {key for key in before if before[key] == after[key]} == set()
    assert page.run("[...model.changed].sort()") == [RATE, "services"]
    assert moved > page.run(f"model.values['{RATE}']")
    page.run("document.getElementById('reset').click()")
    page.settle()
    assert page.run(script) == before


def test_a_click_on_the_chart_sets_the_load(page: Page):
    page.run("document.documentElement.style.scrollBehavior = 'auto'")
    page.run("document.getElementById('cost-chart').scrollIntoView()")
    box = page.run("document.querySelector('#cost-chart .curve').getBoundingClientRect().toJSON()")
    page.click(x=box["x"] + box["width"], y=box["y"] + box["height"] / 2)
    assert page.run(f"model.values['{RATE}']") == pytest.approx(10_000, rel=0.05)


def test_what_fits_on_no_node_has_no_sum(page: Page):
    choose(page, "node_reserved_gib", Decimal(4))
    assert told(page, ".card.t-eks .price") == ["– USD a month"]
    assert "NaN" not in page.run("document.body.textContent")
    assert "Infinity" not in page.run("document.querySelector('main').innerHTML")


NUMBERS = st.integers(1, 4000).map(lambda thousandths: expression(Decimal(thousandths) / 1000))
COUNTS = st.integers(0, 60).map(expression)
FORMULAS = st.recursive(
    NUMBERS | st.sampled_from([Variable(RATE), Variable("services")]),
    lambda inner: st.one_of(
        st.builds(lambda left, right: left + right, inner, inner),
        st.builds(lambda left, right: left - right, inner, inner),
        st.builds(lambda left, right: left * right, inner, inner),
        st.builds(lambda left, right: left / right, inner, NUMBERS),
        st.builds(maximum, inner, inner),
        st.builds(minimum, inner, inner),
        st.builds(ceiling, inner),
        st.builds(floor, inner),
        st.builds(lambda power: exponential(minimum(power, 3)), NUMBERS),
        st.builds(lambda body: over_day(ceiling(Variable(LOAD) / 7) + body), NUMBERS),
        st.builds(lambda *pods: packed((4, 4, 9), *pods), *[st.tuples(NUMBERS, NUMBERS, COUNTS)] * 2),
    ),
    max_leaves=8,
)


def test_binary_fractions_are_forgiven(page: Page):
    formulas = [ceiling(expression("0.1") * 3 * 10), floor(expression("0.7") / "0.1")]
    assert page.run(
        f"{json.dumps([as_data(formula) for formula in formulas])}.map(each => compiled(each)())"
    ) == [3, 7]


@settings(max_examples=300, deadline=None)
@given(formula=FORMULAS, rate=st.integers(0, 3000), services=st.integers(1, 200))
def test_a_formula_comes_to_the_same_in_the_browser(
    browser: Page, three_targets: Shown, formula: Expression, rate: int, services: int
):
    if browser.run("typeof compiled") != "function":
        browser.open(three_targets.page)
    values = {RATE: Decimal(rate), "services": Decimal(services)}
    expected = float(evaluate(formula, values, three_targets.comparison.day))
    given_values = json.dumps({name: int(value) for name, value in values.items()})
    found = browser.run(
        f"compiled({json.dumps(as_data(formula))})({given_values}, model.day) + 0"
    )  # not -0, which is no JSON
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)
