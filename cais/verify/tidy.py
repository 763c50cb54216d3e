"""However a command ends, nothing of what it started is left."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cais.verify.docker import docker_answers
from cais.verify.docker_engine import remove_own

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDINGS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def tidy() -> Iterator[None]:
    """Inside, the signals that end a program raise KeyboardInterrupt, as Ctrl-C does.

    In the end, containers are removed that an interruption kept from being known to who started them.
    """
    heard = [ending for ending in ENDINGS if signal.getsignal(ending) is not signal.SIG_IGN]  # as under nohup
    before = {ending: signal.signal(ending, signal.default_int_handler) for ending in heard}
    try:
        yield
    finally:
        patient = {ending: signal.signal(ending, signal.SIG_IGN) for ending in (*ENDINGS, signal.SIGINT)}
        if docker_answers():
            remove_own()
        for ending, handler in {**patient, **before}.items():
            signal.signal(ending, handler)
