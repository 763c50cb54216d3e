#!/bin/sh
# `docker` for the cdk CLI: what goes to ECR goes to the emulator's registry, $REGISTRY; images stand on $BASE_IMAGE.
set -eu
for word; do
	shift
	set -- "$@" "$(printf %s "$word" | sed -E "s,^(https://)?[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com,$REGISTRY,")"
done
if [ "$1" = build ]; then
	shift
	set -- build --build-arg "BASE_IMAGE=$BASE_IMAGE" "$@"
fi
exec docker "$@"
