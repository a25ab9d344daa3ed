#!/usr/bin/env bash
# Installs the programs that the bench compares with, and with the argument "storages" what its part of that name needs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

missing=()
for tool in age zstd curl; do command -v "$tool" >/dev/null || missing+=("$tool"); done
if [ "${#missing[@]}" -gt 0 ]; then
  as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

if [ "${1:-}" != storages ]; then exit 0; fi

# The upload helper of the SDK, in the version of the SDK that the service uses, beside the service's own packages.
version=$(node -p "require('./package.json').dependencies['@aws-sdk/client-s3']")
if ! grep -qs "\"version\": \"$version\"" .berkut/bench/node_modules/@aws-sdk/lib-storage/package.json; then
  mkdir -p .berkut/bench
  npm install --prefix .berkut/bench --prefer-offline --no-audit --no-fund --ignore-scripts --silent \
    "@aws-sdk/lib-storage@$version" "@aws-sdk/client-s3@$version"
fi
