"""The page for every reader: on a phone, on paper, in the dark, by keyboard, without a network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import shown
from tests.engines.missing import missing
from tests.unit.compare.conftest import ECS, NETWORK, SERVERLESS

if TYPE_CHECKING:
    from cais.compare.comparison import Question
    from tests.browser.chromium import Page
    from tests.browser.conftest import Shown

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
OPEN_ALL = "document.querySelectorAll('details').forEach(item => { item.open = true; })"
FOCUSED = """(at => [
  at.tagName + at.id + (at.getAttribute('aria-label') ?? '') + at.textContent,
  getComputedStyle(at).outlineStyle,
])(document.activeElement)"""
ONLY_ON_SCREEN = "[...document.querySelectorAll('input[type=range], button, nav')]"
PAPER = 718  # pixels between the margins of A4


def test_it_complains_of_nothing_and_asks_nobody(page: Page, three_targets: Shown):
    page.run(OPEN_ALL)
    page.run("document.querySelectorAll('input[type=range]').forEach(slider => {"
             " slider.value = 700; slider.dispatchEvent(new Event('input')); })")  # fmt: skip
    page.settle()
    page.show(width=500)
    assert page.problems == []
    assert page.requests == [three_targets.page.as_uri()]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nobody_is_shut_out(browser: Page, three_targets: Shown, width: int, *, dark: bool):
    if not AXE.exists():
        missing("axe-core", "make setup")
    browser.show(width=width, dark=dark)
    browser.open(three_targets.page)
    browser.run(OPEN_ALL)
    browser.run(AXE.read_text(encoding="utf-8"))
    found = browser.run("axe.run(document).then(({ violations }) => violations)")
    assert [(item["id"], [node["html"][:200] for node in item["nodes"]]) for item in found] == []


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_is_wider_than_the_window(browser: Page, three_targets: Shown, width: int):
    browser.show(width=width)
    browser.open(three_targets.page)
    browser.run(OPEN_ALL)
    browser.settle()
    assert browser.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("width", "height", "parts"),
    [
        (1280, 800, ("answer", "lead", "ruler", "rate", "cards", "sentences")),
        (360, 640, ("answer", "lead", "ruler", "rate")),
    ],
)
def test_the_answer_is_in_the_first_screen(
    browser: Page, three_targets: Shown, width: int, height: int, parts: tuple[str, ...]
):
    browser.show(width=width, height=height)
    browser.open(three_targets.page)
    for part in parts:
        bottom = browser.run(f"document.getElementById('{part}').getBoundingClientRect().bottom")
        assert bottom <= height, part


def test_every_control_is_reached_by_keyboard_and_shows_it(page: Page):
    page.run(OPEN_ALL)
    wanted = page.run("document.querySelectorAll('a[href], input, button:not([disabled]), summary').length")
    seen: set[str] = set()
    for _ in range(wanted):
        page.press("Tab")
        where, outline = page.run(FOCUSED)
        assert outline != "none", where
        seen.add(where)
    assert page.run("document.activeElement.tagName") != "BODY", "every one was still to come"
    assert len(seen) > 60


def test_it_is_printed_whole(page: Page):
    data = page.pdf()
    assert data.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", data)) > 3
    page.show(width=PAPER, media="print")
    page.run(OPEN_ALL)
    assert page.run("document.documentElement.scrollWidth") <= PAPER
    shown_still = (
        "[...document.querySelectorAll('input[type=range], button, nav')].filter(e => e.offsetParent)"
    )
    assert page.run(f"{shown_still}.length") == 0, "what cannot be used on paper is not printed"


def test_printing_opens_what_is_folded_and_closes_it_again(page: Page):
    count = "document.querySelectorAll('details:not([open], .in-words)').length"
    closed = page.run(count)
    assert closed > 5
    page.run("dispatchEvent(new Event('beforeprint'))")
    assert page.run(count) == 0
    page.run("dispatchEvent(new Event('afterprint'))")
    assert page.run(count) == closed


@pytest.mark.parametrize("width", [1280, 360])
def test_the_pictures_have_every_part_of_the_templates(browser: Page, three_targets: Shown, width: int):
    browser.show(width=width)
    browser.open(three_targets.page)
    for at, target in enumerate(three_targets.report["targets"]):
        picture = f"document.querySelectorAll('#pictures .picture')[{at}]"
        drawn = browser.run(f"{picture}.textContent")
        words = re.sub(r"\s", "", drawn)
        for box in target["architecture"]["boxes"]:
            assert re.sub(r"\s", "", box["label"]) in words, box
            for resource in box["resources"]:
                assert resource["logicalId"] in drawn, box
        arrows = browser.run(f"{picture}.querySelectorAll('.arrow').length")
        assert arrows == len(target["architecture"]["links"])


def test_what_was_measured_and_what_was_computed_is_told_apart(page: Page):
    times = page.run("[...document.querySelectorAll('#times .bar-value')].map(value => value.textContent)")
    assert "9 s measured" in times
    assert "20 s computed" in times
    assert page.run("document.querySelectorAll('#times .time.computed + rect[fill^=url]').length") > 3
    states = page.run("document.getElementById('states').textContent")
    assert "the target was healthy. 3 of 1,288 requests failed" in states
    assert "Target.Timeout" in states
    assert page.run("document.querySelectorAll('#states .state').length") == 5
    assert "1.9 to 11 ms" in page.run("document.getElementById('latency').textContent")


def test_a_template_cannot_speak_to_the_reader(browser: Page, question: Question, tmp_path: Path):
    hostile = '"<img src=x onerror=alert(1)></script><h1>free</h1>"'
    templates = {"network": NETWORK, "ecs": ECS.replace("Name: comments\n", f"Name: {hostile}\n")}
    only = shown(tmp_path, templates, question)
    browser.show(width=1280)
    browser.open(only.page)
    assert browser.problems == []
    assert browser.run("document.querySelectorAll('img').length") == 0
    assert browser.run("document.querySelectorAll('h1').length") == 1
    assert "<img src=x" in browser.run("document.getElementById('architecture').textContent")


def test_what_is_not_priced_is_told_and_drawn_as_far_as_it_goes(
    browser: Page, question: Question, tmp_path: Path
):
    on_instances = ECS.replace("LaunchType: FARGATE", "LaunchType: EC2")
    only = shown(
        tmp_path / "two", {"network": NETWORK, "ecs": on_instances, "serverless": SERVERLESS}, question
    )
    browser.show(width=1280)
    browser.open(only.page)
    assert browser.run("document.getElementById('answer').textContent").endswith("cannot be told")
    assert browser.run("model.verdict()") == list(only.comparison.verdict)
    service, *_ = re.findall(r"  Service:.*?(?=  Scaling:)", on_instances, re.DOTALL)
    bare = shown(tmp_path / "none", {"ecs": f"Resources:\n{service}"}, question)
    assert set(bare.report["curves"]["perMonth"]["ecs"]) == {0}
    browser.open(bare.page)
    assert browser.problems == []
    assert "NaN" not in browser.run("document.querySelector('main').innerHTML")


def test_without_a_service_the_page_says_so(browser: Page, question: Question, tmp_path: Path):
    nothing = shown(tmp_path, {"network": NETWORK}, question)
    browser.show(width=360)
    browser.open(nothing.page)
    assert browser.problems == []
    assert browser.run("document.getElementById('answer').textContent") == nothing.comparison.verdict[0]
    assert browser.run("document.getElementById('curves').offsetParent") is None
