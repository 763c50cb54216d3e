"""Fixtures that every room of the tests may ask for."""

import signal

pytest_plugins = ["tests.engines.fixtures", "tests.engines.postgres", "tests.synthesis"]

# In the background of a script and under nohup these are ignored, and would be in all that the tests start.
for each in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(each) is signal.SIG_IGN:
        signal.signal(each, signal.default_int_handler)
