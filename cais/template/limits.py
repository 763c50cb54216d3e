"""How large templates may be, so that hostile input ends soon, and the error that says so."""

LARGEST = 10 * 1024 * 1024
"""Bytes of one file; CloudFormation takes templates up to 1 MB."""
DEEPEST = 100
"""Levels of nesting in one template; real ones stay under 30."""
MOST_VALUES = 1_000_000
"""Values in one template, with YAML's aliases written out."""
LONGEST = 1_000_000
"""Characters of one string."""
MOST_PARTS = 10_000
"""Parts of one string, known and unknown ones by turns."""
MOST_FILES = 10_000
"""Files in one folder."""
MOST_STACKS = 500
"""Stacks of one deployment, nested ones counted once for each use."""
MOST_WORLDS = 8
"""Worlds that are looked at."""
MOST_ASSUMPTIONS = 50
"""Comparisons that are assumed in one world."""


class UnreadableError(ValueError):
    """A file that holds no JSON or YAML document within our limits; the text says why."""
