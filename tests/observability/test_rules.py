"""promtool's own view of the rules."""

import subprocess
from pathlib import Path

from tests.engines.prometheus import installed

FOLDER = Path(__file__).parents[2] / "observability"


def promtool(*arguments: str, folder: Path = FOLDER) -> subprocess.CompletedProcess[str]:
    command = [installed("promtool"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_rules_are_well_formed():
    result = promtool("check", "rules", "--lint-fatal", "rules.yml")
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_rules_do_what_their_unit_tests_say():
    result = promtool("test", "rules", "rules_test.yml")
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_unit_tests_notice_a_changed_threshold(tmp_path: Path):
    changed = (FOLDER / "rules.yml").read_text().replace("> 0.05", "> 0.5")
    (tmp_path / "rules.yml").write_text(changed)
    (tmp_path / "rules_test.yml").write_text((FOLDER / "rules_test.yml").read_text())
    result = promtool("test", "rules", "rules_test.yml", folder=tmp_path)
    assert result.returncode == 1
    assert "ErrorRatioHigh" in result.stdout + result.stderr
