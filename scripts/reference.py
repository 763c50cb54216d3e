"""Writes docs/reference/cli.md and docs/reference/rules/ from the code: python scripts/reference.py."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from cais.cli import COMMANDS, build_parser
from cais.rules.catalogue import FAMILIES, every_rule, family, rules_of, title

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from cais.rules.rule import RuleModule

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
GENERATED = "<!-- Written by scripts/reference.py. -->\n"
SPEEDS = {"fast": "AWS itself answers within a minute", "slow": "a deployment hangs or cycles"}
SECTIONS = {
    "H": ("ECS: tasks that never become healthy", {"HLT", "DEP"}),
    "P": ("ECS: images that cannot be pulled, containers that cannot start", {"IMG"}),
    "K": ("EKS", {"EKS"}),
    "L": ("Lambda", {"LAM"}),
    "A": ("The application and its data", {"DAT"}),
    "G": ("Delivery from GitHub", {"OIDC"}),
}
"""The sections of the catalogue of causes, each with the families of rules that look for them."""


def pages() -> dict[Path, str]:
    """Every generated page by its path."""
    rules = {REFERENCE / "rules" / f"{rule.RULE.id}.md": rule_page(rule) for rule in every_rule()}
    return {REFERENCE / "cli.md": cli_page(), REFERENCE / "rules" / "README.md": rules_index(), **rules}


def rule_page(rule: RuleModule) -> str:
    """A rule's docstring as Markdown."""
    _, _, body = (rule.__doc__ or "").strip().partition("\n\n")
    text = re.sub(r"^([A-Z][a-z ]+):", r"**\1:**", body, flags=re.MULTILINE)
    linked = re.sub(r"(?<![(<])\bhttps://[^\s,)]+", r"<\g<0>>", text)
    causes = ", ".join(rule.RULE.causes)
    speed = SPEEDS[rule.RULE.speed]
    facts = f"Causes: {causes} of [the catalogue](README.md#causes). Where they strike, {speed}."
    return f"{GENERATED}\n# {rule.RULE.id}: {title(rule)}\n\n{facts}\n\n{linked}\n"


def rules_index() -> str:
    """Every rule by family, and every cause with what can see it."""
    return "\n".join([GENERATED, "# Rules", "", *_rules(), "## Causes", "", *_causes()])


def _rules() -> Iterator[str]:
    for name in FAMILIES:
        yield from (f"## {name}: {family(name).TITLE}", "", "| Rule | What it proves |", "| --- | --- |")
        for rule in rules_of(name):
            yield f"| [{rule.RULE.id}]({rule.RULE.id}.md) | {title(rule)} |"
        yield ""


def _causes() -> Iterator[str]:
    causes = tomllib.loads((REFERENCE / "causes.toml").read_text())
    for letter, (heading, families) in SECTIONS.items():
        if not families & set(FAMILIES):
            continue
        yield from (f"### {heading}", "", "| Cause | | Seen by |", "| --- | --- | --- |")
        for cause, facts in causes.items():
            if cause.startswith(letter):
                yield f"| {cause} | {facts['title']} | {seen_by(cause, facts)} |"
        yield ""


def seen_by(cause: str, facts: dict[str, str]) -> str:
    """The rules that cover a cause, else why no template shows it, and the command that does."""
    rules = [rule.RULE.id for rule in every_rule() if cause in rule.RULE.causes]
    if rules:
        return ", ".join(f"[{rule}]({rule}.md)" for rule in rules)
    if "unseen" not in facts:
        return "no rule; see [what is weak here](../../critiques.md#the-tool)"
    return f"not in templates: {facts['unseen']}; `{facts['ask']}` tells"


def cli_page() -> str:
    """Every command with its options."""
    parser = build_parser(complete=COMMANDS)
    (commands,) = (action.choices for action in parser._actions if isinstance(action.choices, dict))  # noqa: SLF001 - argparse has no public way to read options
    lines = [GENERATED, "# Commands", "", EXIT_CODES, ""]
    for name, command in commands.items():
        lines += [f"## cais {name}", "", command.description or "", "", *_options(command), ""]
    return "\n".join(lines)


EXIT_CODES = """\
stdout is the result, stderr is progress and errors. Exit codes, the same everywhere:

| Code | Meaning |
| --- | --- |
| 0 | fine |
| 1 | refuted, or unhealthy |
| 2 | bad usage, or input that cannot be read |
| 3 | could not tell |

`CAIS_DEBUG=1` shows where an unexpected failure comes from, `NO_COLOR=1` keeps colours off terminals."""


def _options(command: argparse.ArgumentParser) -> Iterator[str]:
    yield from ("| Argument | Meaning |", "| --- | --- |")
    for action in command._actions:  # noqa: SLF001 - see above
        if action.dest == "help":
            continue
        choices = "\\|".join(map(str, action.choices)) if action.choices else None
        value = action.metavar or choices or (action.dest.upper() if action.nargs != 0 else None)
        if action.option_strings:
            yield f"| `{action.option_strings[-1]}{f' {value}' if value else ''}` | {action.help or ''} |"
        else:
            yield f"| `{value}` | {action.help or ''} |"


def main() -> None:
    """Writes every page, and removes those of rules that are gone."""
    written = pages()
    (REFERENCE / "rules").mkdir(exist_ok=True)
    for stale in set((REFERENCE / "rules").glob("*.md")) - set(written):
        stale.unlink()
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
    print(f"wrote {len(written)} pages")


if __name__ == "__main__":
    main()
