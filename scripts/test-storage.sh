#!/usr/bin/env bash
# The tests of storages in S3 once more, against Ceph instead of the light server: it checks what the light one lets pass, and holds locks.
# The first run fetches 150 MB.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
place=.berkut/ceph
bash scripts/start-ceph.sh get "$place"
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(Math.min(s.address().port, 65000)); s.close(); })")
trap 'bash scripts/start-ceph.sh stop "$place"' EXIT
settings=$(bash scripts/start-ceph.sh start "$place" "$port")
set -a
eval "$settings"
set +a
TEST_FORM=long npx jest --maxWorkers=1 s3-storage s3-faults test/e2e/s3 "$@"
