"""How large templates may be, so that hostile input ends soon, and the error that says so."""

LARGEST = 10 * 1024 * 1024
"""Bytes of one file; CloudFormation takes templates up to 1 MB."""
DEEPEST = 100
"""Levels of nesting in one template; real ones stay under 30."""
MOST_VALUES = 500_000
"""Values in one YAML template, with aliases written out."""
MOST_RESOURCES = 20_000
"""Resources of one template; CloudFormation takes 500."""
LONGEST = 1_000_000
"""Characters of one string."""
LONGEST_MESSAGE = 200
"""Characters of a template that a message repeats."""
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
MOST_STEPS = 5_000_000
"""Items that functions take or make while a deployment is resolved."""


class TooMuchError(ValueError):
    """Templates that take more than `MOST_STEPS` to resolve."""


class Budget:
    """Counts the steps of one deployment, through all worlds."""

    def __init__(self) -> None:
        self._left = MOST_STEPS

    def spend(self, steps: int) -> None:
        """Take some steps.

        Raises:
            TooMuchError: none are left.
        """
        self._left -= steps
        if self._left < 0:
            raise TooMuchError


class UnreadableError(ValueError):
    """A file that holds no JSON or YAML document within our limits; the text says why."""
