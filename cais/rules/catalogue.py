"""The catalogue: every rule by family, loaded when it is needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cais.rules.rule import RuleModule
    from cais.site.model.site import Site

FAMILIES = {
    "IMG": "image",
    "HLT": "health",
    "DEP": "deployment",
    "EKS": "eks",
    "LAM": "serverless",
    "DAT": "data",
    "OIDC": "delivery",
}
"""The package of each family of rules."""


class DuplicateRuleError(ValueError):
    """Two rules with one id."""


class UnknownRuleError(LookupError):
    """An id that no rule has."""


class Family(Protocol):
    """A package of rules: its title, its modules, and whether it has anything to say of a site."""

    TITLE: str
    MODULES: tuple[str, ...]

    def concerns(self, site: Site) -> bool:
        """Whether the site has what these rules are about."""
        ...


def family(name: str) -> Family:
    """The package of the family "IMG" and so on."""
    return cast("Family", import_module(f"cais.rules.{FAMILIES[name]}"))


def rules_of(name: str) -> tuple[RuleModule, ...]:
    """The rules of one family, in the order of their ids.

    Raises:
        DuplicateRuleError: two have the same id.
    """
    package = f"cais.rules.{FAMILIES[name]}"
    return distinct(
        cast("RuleModule", import_module(f"{package}.{module}")) for module in family(name).MODULES
    )


def every_rule() -> Iterator[RuleModule]:
    """The rules of all families."""
    for name in FAMILIES:
        yield from rules_of(name)


def distinct(modules: Iterable[RuleModule]) -> tuple[RuleModule, ...]:
    """The modules as they are.

    Raises:
        DuplicateRuleError: two rules have the same id; the text names both.
    """
    seen: dict[str, RuleModule] = {}
    for module in modules:
        first = seen.setdefault(module.RULE.id, module)
        if first is not module:
            raise DuplicateRuleError(f"{module.RULE.id} is both {first.__name__} and {module.__name__}")
    return tuple(seen.values())


def rule(rule_id: str) -> RuleModule:
    """The rule with this id; no other one is loaded.

    Raises:
        UnknownRuleError: there is none.
    """
    name = rule_id.rstrip("0123456789")
    wanted = rule_id.lower() + "_"
    modules = family(name).MODULES if name in FAMILIES else ()
    for module in modules:
        if module.startswith(wanted):
            return cast("RuleModule", import_module(f"cais.rules.{FAMILIES[name]}.{module}"))
    raise UnknownRuleError(f"no rule is called {rule_id}")


def title(module: RuleModule) -> str:
    """The title of a rule's page: its first line, without the id."""
    return (module.__doc__ or "").partition("\n")[0].partition(": ")[2].rstrip(".")


def titles(rule_ids: Iterable[str]) -> dict[str, str]:
    """The titles of these rules."""
    return {rule_id: title(rule(rule_id)) for rule_id in rule_ids}
