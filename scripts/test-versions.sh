#!/usr/bin/env bash
# The zoo on every version of PostgreSQL, one server after the other, and docs/compatibility.md from all that was found. Every
# shape goes through every way on 15. On the other versions, for the small role and for upgrades it is those that hold most kinds of
# objects; `-- --shapes '*'` tries all of them everywhere.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

zoo() { node --require ./test/support/register-typescript.js test/zoo/main.ts "$@"; }

bash scripts/get-postgres.sh 13 14 15 16 17 18
status=0
cross='scc,hard-schema*,every-class-of-object,functions-of-every-kind,types-that-need-each-other'
zoo --versions 15 --roles superuser "$@" || status=1
zoo --versions 13,14,16,17,18 --roles superuser --shapes "$cross" "$@" || status=1
zoo --versions 13,15,18 --roles small --shapes "$cross" "$@" || status=1
zoo --upgrades 13-18,15-17,15-18,17-18 --shapes "$cross" --write "$@" || status=1
exit "$status"
