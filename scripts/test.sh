#!/usr/bin/env bash
# Everything that must hold, from a fresh clone. The last line says how many tests passed and failed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/node.sh

ensure_node
ensure_packages
ensure_hooks
exec node scripts/test.ts </dev/null
