#!/usr/bin/env bash
# What the shapes of test/zoo need beside the server: extensions that Debian packages, and a locale. As root, on Debian or Ubuntu.
set -euo pipefail
version=${1:-15}

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  printf 'setup:zoo needs root and apt-get\n' >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends locales \
  "postgresql-$version-cron" "postgresql-$version-partman" "postgresql-$version-hll" "postgresql-$version-postgis-3"
localedef -i es_AR -f UTF-8 es_AR.utf8
