#!/usr/bin/env bash
# Everything from a fresh clone to a running server. Arguments and environment go to the server:
# see .env.example for what can be set.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/node.sh

ensure_node
ensure_packages
ensure_hooks
node scripts/build.ts --if-changed console docs
exec node server/main.ts "$@"
