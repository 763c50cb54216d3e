# pyright: reportMissingImports=false
# ministack lives in a package folder of its own
"""`python -m tests.e2e.emulator.serve`: ministack on 127.0.0.1 and on its containers' own network.

It reads GATEWAY_PORT, NETWORK and GATEWAY (name and address of that network) and RUNTIME_EMULATOR (a path),
and ends when its standard input does, so that it never outlives the tests.
"""

from __future__ import annotations

import asyncio
import os
import sys

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app

from tests.e2e.emulator import containers, fidelity, resource_types


def main() -> None:
    port, gateway = os.environ["GATEWAY_PORT"], os.environ["GATEWAY"]
    resource_types.register()
    fidelity.restore()
    containers.attach(
        network=os.environ["NETWORK"],
        gateway=gateway,
        registry=f"127.0.0.1:{port}",
        runtime_emulator=os.environ["RUNTIME_EMULATOR"],
    )
    config = Config()
    config.bind = [f"127.0.0.1:{port}", f"{gateway}:{port}"]
    asyncio.run(serve(app, config, shutdown_trigger=lambda: asyncio.to_thread(sys.stdin.read)))


if __name__ == "__main__":
    main()
