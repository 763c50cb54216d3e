"""How large a template may be, so that hostile input ends soon, and the error that says so."""

LARGEST = 10 * 1024 * 1024
"""Bytes of one file. CloudFormation's own limit is 1 MB for a template."""
DEEPEST = 100
"""Levels of nesting in one template; real ones stay under 30."""
MOST_VALUES = 1_000_000
"""Values in one template, with YAML's aliases written out."""


class UnreadableError(ValueError):
    """A file that holds no JSON or YAML document within our limits; the text says why."""
