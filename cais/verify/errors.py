"""What stops a run."""

from __future__ import annotations


class VerifyError(Exception):
    """Something that stops a run. The text says what, why and the next command."""


class UnreadableError(VerifyError):
    """The assembly, or a file that the command line names, is not what can be run."""


class EngineMissingError(VerifyError):
    """This machine cannot run the target. The text ends with the line that installs what is missing."""
