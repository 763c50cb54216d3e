"""However a command ends, nothing is left of what it started, nor of what those started that were killed."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cais.verify.docker import docker_answers
from cais.verify.docker_engine import remove_own, remove_stale
from cais.verify.runs import sweep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cais.verify.verifier import Progress

ENDINGS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def tidy(progress: Progress) -> Iterator[None]:
    """Inside, the signals that end a program raise KeyboardInterrupt, as Ctrl-C does.

    In the end, containers are removed that an interruption kept from being known to who started them.
    """
    heard = [ending for ending in ENDINGS if signal.getsignal(ending) is not signal.SIG_IGN]  # as under nohup
    before = {ending: signal.signal(ending, signal.default_int_handler) for ending in heard}
    try:
        _clear(progress)
        yield
    finally:
        patient = {ending: signal.signal(ending, signal.SIG_IGN) for ending in (*ENDINGS, signal.SIGINT)}
        if docker_answers():
            remove_own()
        for ending, handler in {**patient, **before}.items():
            signal.signal(ending, handler)


def _clear(progress: Progress) -> None:
    """Removes what runs left that were killed."""
    stale = sweep() + (remove_stale() if docker_answers() else 0)
    if stale:
        progress.step(f"removed {stale} left by a run that was killed")
