#!/bin/sh
# Runs a command with what `make setup` installed on the PATH: scripts/with_tools.sh COMMAND…
root=$(cd "$(dirname "$0")/.." && pwd)
PATH="$root/.venv/bin:$root/node_modules/.bin:$PATH" JSII_NODE="$root/.venv/bin/node" exec "$@"
