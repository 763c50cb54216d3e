"""Fixtures that every room of the tests may ask for."""

import signal

pytest_plugins = ["tests.engines.fixtures", "tests.engines.postgres", "tests.synthesis"]

# A script starts what it runs in the background with SIGINT ignored, and so would be all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
