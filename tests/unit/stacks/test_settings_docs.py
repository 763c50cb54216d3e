import re

from stacks.settings import KEYS
from tests.synthesis import ROOT

PAGE = (ROOT / "docs" / "how-to" / "choose-settings.md").read_text()


def test_every_key_is_documented_and_no_other():
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE)) == set(KEYS)
