#!/bin/sh
# `docker` for the cdk CLI: what goes to ECR goes to the emulator's registry, $REGISTRY.
set -eu
for word; do
	shift
	set -- "$@" "$(printf %s "$word" | sed -E "s,^(https://)?[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com,$REGISTRY,")"
done
exec docker "$@"
