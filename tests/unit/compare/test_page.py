"""The page as text: it holds everything it needs, and no template can break out of its data."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import TYPE_CHECKING

from cais.compare.formatters import render
from cais.compare.formatters.as_json import document
from tests.unit.compare.conftest import ECS, NETWORK

if TYPE_CHECKING:
    from tests.unit.compare.conftest import Comparing

HOSTILE = "</script><script>alert(1)</script><!--\\u2028{{script}}"
REPORT = re.compile(r'<script type="application/json" id="report">(.*?)</script>', re.DOTALL)


def test_the_page_holds_the_document(comparing: Comparing):
    comparison = comparing()
    (data,) = REPORT.findall(render(comparison, as_format="html"))
    assert json.loads(data) == document(comparison)


def test_a_template_cannot_end_the_data(comparing: Comparing):
    named = ECS.replace("  Service:\n", f'  "Service{HOSTILE}":\n').replace("${Service.Name}", "comments")
    comparison = comparing(network=NETWORK, ecs=named)
    page = render(comparison, as_format="html")
    (data,) = REPORT.findall(page)
    assert "alert(1)" in data, "the name is in the document"
    assert "<" not in data
    assert "\u2028" not in data
    assert json.loads(data) == document(comparison)
    assert page.count("<script") == 2


def test_only_the_pages_own_style_and_script_may_run(comparing: Comparing):
    page = render(comparing(), as_format="html")
    for element in ("style", "script"):
        (text,) = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page
    assert "unsafe" not in page
    assert not re.search(r"""\s(style|on[a-z]+)=["']""", page.split("<script")[0])


def test_without_scripts_there_is_still_the_answer(comparing: Comparing):
    comparison = comparing()
    (told,) = re.findall(r"<noscript>(.*?)</noscript>", render(comparison, as_format="html"), re.DOTALL)
    assert told == "".join(f"<p>{sentence}</p>" for sentence in comparison.verdict)
