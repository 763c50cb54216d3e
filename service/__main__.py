"""`python -m service migrate` and `python -m service health`."""

from __future__ import annotations

import sys

USAGE = "usage: python -m service migrate|health"


def _migrate() -> int:
    """Applies the migrations that the store lacks."""
    import os

    from service import migrate
    from service.settings import SettingsError, read_settings

    try:
        applied = migrate.run(read_settings(os.environ))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except migrate.MigrationError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"applied: {', '.join(applied)}" if applied else "the store's schema is up to date")
    return 0


def _health() -> int:
    """Asks the service in this container for its health. Nothing of the service is loaded for that."""
    import http.client
    import tomllib
    from pathlib import Path

    contract = tomllib.loads((Path(__file__).parent / "contract.toml").read_text(encoding="utf-8"))
    connection = http.client.HTTPConnection("127.0.0.1", contract["port"], timeout=2)
    try:
        connection.request("GET", contract["paths"]["health"])
        status = connection.getresponse().status
    except OSError as error:
        print(f"not healthy: {error}", file=sys.stderr)
        return 1
    return 0 if status == http.client.OK else 1


if __name__ == "__main__":
    commands = {"migrate": _migrate, "health": _health}
    command = commands.get(sys.argv[1]) if len(sys.argv) == 2 else None  # noqa: PLR2004 - the program, a command
    sys.exit(command() if command else USAGE)
