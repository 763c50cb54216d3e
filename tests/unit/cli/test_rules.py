import pytest

from cais.cli import main
from cais.rules.catalogue import every_rule


def test_the_catalogue_lists_every_rule(capsys: pytest.CaptureFixture[str]):
    assert main(["rules"]) == 0
    text = capsys.readouterr().out
    assert "HLT: Health checks\n  HLT101  the health check asks for a path that the image answers\n" in text
    assert all(f"  {rule.RULE.id}  " in text for rule in every_rule())


@pytest.mark.parametrize("rule_id", ["HLT101", "hlt101"])
def test_a_rules_page(rule_id: str, capsys: pytest.CaptureFixture[str]):
    assert main(["rules", rule_id]) == 0
    text = capsys.readouterr().out
    assert text.startswith(
        "HLT101: the health check asks for a path that the image answers.\n\nWhat breaks: "
    )
    assert text.endswith("\nCauses: H1, H32. Speed: slow.\n")


def test_an_unknown_rule_is_bad_usage(capsys: pytest.CaptureFixture[str]):
    assert main(["rules", "HLT999"]) == 2
    assert capsys.readouterr().err == "no rule is called HLT999; `cais rules` lists them all\n"
