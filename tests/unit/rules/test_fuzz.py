"""Whole templates with pieces replaced by anything: a verdict or a clear message, never a traceback."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cais.cli import main
from tests.unit.rules.harness import BASES, base
from tests.unit.rules.test_unknown import places

TEMPLATES = {family: base(family) for family in ("", *BASES)}
PLACES = {family: list(places(template["Resources"])) for family, template in TEMPLATES.items()}
NAMES = sorted({name for template in TEMPLATES.values() for name in template["Resources"]})
FORMATS = ("text", "json", "sarif", "junit", "github")

names = st.sampled_from([*NAMES, "Nowhere", "Open", "AWS::NoValue", "AWS::Region"])
functions = st.one_of(
    names.map(lambda name: {"Ref": name}),
    st.tuples(names, st.sampled_from(["Arn", "GroupId", "Outputs.x"])).map(lambda pair: {"Fn::GetAtt": pair}),
    names.map(lambda name: {"Fn::If": ["IsOpen", {"Ref": name}, {"Ref": "AWS::NoValue"}]}),
    names.map(lambda name: {"Fn::Sub": f"${{{name}}}:${{AWS::AccountId}}/x"}),
    st.sampled_from(["a", 1, None, [], {}]).map(lambda value: {"Fn::Split": [",", value]}),
    st.just({"Fn::ImportValue": "x"}),
    st.just({"Fn::Transform": {"Name": "x"}}),
)
plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(
        ["-1", "*", "a:b:c", "10.0.0.0/99", "::/0", "arn:aws:iam::1:role/x", "\0", "${x}", ":@/"]
    ),
)
anything = st.recursive(
    plain | functions,
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=3) | names, inside, max_size=3)
    ),
    max_leaves=4,
)


@st.composite
def broken_templates(draw: st.DrawFn) -> dict[str, Any]:
    """One of the bases, in which up to four values are others: anything, or what stands elsewhere in it."""
    family = draw(st.sampled_from(sorted(TEMPLATES)))
    template = copy.deepcopy(TEMPLATES[family])
    for place in draw(st.lists(st.sampled_from(PLACES[family]), min_size=1, max_size=4)):
        swapped = st.sampled_from(PLACES[family]).map(
            lambda other: copy.deepcopy(_at(TEMPLATES[family]["Resources"], other))
        )
        _put(template["Resources"], place, draw(anything | swapped))
    equals = {"Fn::Equals": [{"Ref": "Open"}, "x"]}
    return {**template, "Parameters": {"Open": {"Type": "String"}}, "Conditions": {"IsOpen": equals}}


def _at(value: Any, place: tuple[Any, ...]) -> Any:
    for name in place:
        value = value[name]
    return value


def _put(value: Any, place: tuple[Any, ...], new: Any) -> None:
    """Puts something in a place, unless what held the place is gone."""
    try:
        _at(value, place[:-1])[place[-1]] = new
    except (KeyError, IndexError, TypeError):
        return


@settings(
    derandomize=True,
    deadline=None,
    max_examples=400,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(template=broken_templates(), as_format=st.sampled_from(FORMATS))
def test_a_broken_template_ends_in_verdicts_or_a_clear_message(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    template: dict[str, Any],
    as_format: str,
):
    monkeypatch.setenv("CAIS_DEBUG", "1")  # raises what the command would excuse itself for
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template), encoding="utf-8")
    code = main(["preflight", str(path), "--all", "--format", as_format])
    told = capsys.readouterr()
    assert code in {0, 1, 2}
    assert (code == 2) == told.err.startswith(str(path))
