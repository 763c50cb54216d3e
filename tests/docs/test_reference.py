"""The reference is what the code says, and every cause of the catalogue has an answer."""

import re
import tomllib
from pathlib import Path

from cais.rules.catalogue import every_rule
from scripts.reference import REFERENCE, pages

ROOT = Path(__file__).parents[2]
PARTS = ("What breaks", "Fix", "Sample", "Sources")


def test_the_reference_is_current():
    stale = [str(path.relative_to(ROOT)) for path, text in pages().items() if not same(path, text)]
    assert not stale, "run: python scripts/reference.py"


def same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def test_no_page_is_left_of_a_rule_that_is_gone():
    assert set((REFERENCE / "rules").glob("*.md")) <= set(pages())


def test_every_page_has_its_parts():
    for rule in every_rule():
        page = rule.__doc__ or ""
        missing = [part for part in PARTS if not re.search(rf"^{part}:", page, re.MULTILINE)]
        assert not missing, rule.RULE.id
        assert re.search(r"^How it is (proven|seen):", page, re.MULTILINE), rule.RULE.id


def test_rules_name_causes_of_the_catalogue():
    known = set(tomllib.loads((REFERENCE / "causes.toml").read_text()))
    assert {cause for rule in every_rule() for cause in rule.RULE.causes} <= known


def test_what_no_template_shows_has_no_rule():
    causes = tomllib.loads((REFERENCE / "causes.toml").read_text())
    covered = {cause for rule in every_rule() for cause in rule.RULE.causes}
    assert not covered & {cause for cause, facts in causes.items() if "unseen" in facts}
