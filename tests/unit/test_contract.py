from pathlib import Path

import pytest

from cais.contract import Contract, ContractError, load_contract

OURS = Path(__file__).parents[2] / "service" / "contract.toml"


def written(folder: Path, text: str) -> Path:
    path = folder / "contract.toml"
    path.write_text(text)
    return path


def test_our_own_contract_is_read():
    contract = load_contract(OURS)
    assert isinstance(contract, Contract)
    assert (contract.name, contract.port, contract.health_path) == ("comments", 8000, "/healthz")
    assert contract.keeps_state
    assert "DATABASE_URL" in contract.environment
    assert "DATABASE_PASSWORD" in contract.secrets


def test_every_problem_is_told_at_once(tmp_path: Path):
    with pytest.raises(ContractError) as told:
        load_contract(written(tmp_path, 'port = 70000\nkeeps_state = "yes"\n[paths]\nhealth = "healthz"\n'))
    problems = str(told.value).splitlines()
    assert all(problem.startswith(f"{tmp_path}/contract.toml: ") for problem in problems)
    text = "\n".join(problems)
    for problem in (
        "name must be a non-empty string; it is missing",
        "port must be a whole number from 1 to 65535; it is 70000",
        "keeps_state must be true or false; it is 'yes'",
        "paths.health must be a path that begins with \"/\"; it is 'healthz'",
        "resources.architecture must be x86_64 or arm64; it is missing",
        "seconds.drain must be a whole number above 0; it is missing",
    ):
        assert problem in text


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("port = 8000", "port = true", "port must be"),
        ("min = 2", "min = 20", "copies.min is greater than copies.max"),
        ('"x86_64"', '"x86"', "resources.architecture must be x86_64 or arm64; it is 'x86'"),
        ("[secrets]", "[secrets]\nPIN = 4", "secrets must be a table of names and sentences"),
        ("[paths]", "[paths", "is not TOML"),
    ],
)
def test_each_key_has_its_rules(tmp_path: Path, old: str, new: str, problem: str):
    text = OURS.read_text()
    assert old in text
    with pytest.raises(ContractError, match=problem):
        load_contract(written(tmp_path, text.replace(old, new, 1)))


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(ContractError, match=r"nowhere\.toml: cannot be read: No such file"):
        load_contract(tmp_path / "nowhere.toml")
