#!/usr/bin/env bash
# The zoo on every version of PostgreSQL, one server after the other, and docs/compatibility.md from all that was found.
# The small role, whose ways are the same, is tried on the oldest, the newest and the one between.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

zoo() { node --require ./test/support/register-typescript.js test/zoo/main.ts "$@"; }

bash scripts/get-postgres.sh 13 14 15 16 17 18
status=0
zoo --versions 13,14,15,16,17,18 --roles superuser "$@" || status=1
zoo --versions 13,15,18 --roles small "$@" || status=1
zoo --upgrades 13-18,15-17,15-18,17-18 --write "$@" || status=1
exit "$status"
