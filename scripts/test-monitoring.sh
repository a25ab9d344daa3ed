#!/usr/bin/env bash
# What docs/operations.md says of Prometheus, tried with its own promtool: the rules of docs/examples and their tests, and the names,
# types and help of the metrics that a running service has. Takes promtool from Debian's package, without installing the server.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

promtool=$(command -v promtool || printf '%s' "$PWD/.berkut/promtool/usr/bin/promtool")
if [ ! -x "$promtool" ]; then
  printf 'fetching promtool (20 MB)\n'
  fetched=$(mktemp -d)
  trap 'rm -rf "$fetched"' EXIT
  # apt gives up root for a download, so that the directory has to be open to it.
  chmod 0755 "$fetched"
  if ! (cd "$fetched" && apt-get download -q prometheus); then
    printf 'promtool could not be fetched; run `apt-get update`, or install Prometheus by hand\n' >&2
    exit 1
  fi
  mkdir -p .berkut/promtool
  dpkg-deb --fsys-tarfile "$fetched"/prometheus_*.deb | tar -xf - -C .berkut/promtool ./usr/bin/promtool
fi

"$promtool" check rules docs/examples/prometheus-rules.yaml
(cd docs/examples && "$promtool" test rules prometheus-rules.test.yaml)
PROMTOOL=$promtool npx jest test/e2e/metrics.e2e.ts -t 'has every metric of the contract'
