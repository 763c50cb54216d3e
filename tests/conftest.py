"""Fixtures that every room of the tests may ask for."""

pytest_plugins = ["tests.engines.fixtures", "tests.engines.postgres", "tests.synthesis"]
