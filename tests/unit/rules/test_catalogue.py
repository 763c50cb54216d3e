"""Every rule is complete, and found by its id."""

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

from cais.rules.catalogue import (
    FAMILIES,
    DuplicateRuleError,
    UnknownRuleError,
    distinct,
    every_rule,
    family,
    rule,
    title,
)
from cais.rules.rule import Rule, RuleModule

RULES = list(every_rule())


def module(name: str, rule_id: str) -> RuleModule:
    made = ModuleType(name)
    vars(made)["RULE"] = Rule(id=rule_id, causes=("H1",))
    return cast("RuleModule", made)


def test_two_rules_with_one_id_are_refused_by_name():
    with pytest.raises(DuplicateRuleError, match="HLT101 is both ours and theirs"):
        distinct([module("ours", "HLT101"), module("theirs", "HLT101")])


@pytest.mark.parametrize("found", RULES, ids=lambda found: found.RULE.id)
def test_a_rule_is_in_the_file_of_its_name_and_has_a_page(found: RuleModule):
    package, _, name = found.__name__.rpartition(".")
    assert package == f"cais.rules.{FAMILIES[found.RULE.family]}"
    assert name.startswith(f"{found.RULE.id.lower()}_")
    assert (found.__doc__ or "").startswith(f"{found.RULE.id}: ")
    assert title(found)
    assert found.RULE.causes
    assert rule(found.RULE.id) is found


@pytest.mark.parametrize("name", FAMILIES)
def test_every_module_of_a_family_is_a_rule_of_it(name: str):
    package = import_module(f"cais.rules.{FAMILIES[name]}")
    folder = next(iter(package.__path__))
    files = {path.stem for path in Path(folder).glob(f"{name.lower()}[0-9]*.py")}
    assert set(family(name).MODULES) == files
    assert list(family(name).MODULES) == sorted(family(name).MODULES)


@pytest.mark.parametrize("unknown", ["IMG999", "XYZ101", "", "101", "img"])
def test_an_unknown_id_is_an_error(unknown: str):
    with pytest.raises(UnknownRuleError, match=f"no rule is called {unknown}"):
        rule(unknown)
