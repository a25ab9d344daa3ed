#!/usr/bin/env bash
# Brings a fresh clone to where `npm start` and `npm test` work: a PostgreSQL server with its tools, a browser and a terminal
# for tests, and the packages of package-lock.json. Installs only what is missing, so running it again costs nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

# The same places as in src/embedded/server-binaries.ts.
has_postgres() {
  local directory
  for directory in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql* /usr/local/pgsql*/bin \
    /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin /usr/bin; do
    if [ -x "$directory/initdb" ] && [ -x "$directory/postgres" ] && [ -x "$directory/pg_dump" ]; then return 0; fi
  done
  return 1
}

has_browser() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null; then return 0; fi
  done
  [ -d '/Applications/Google Chrome.app' ] || [ -d '/Applications/Chromium.app' ]
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    say "not root, and no sudo to become it: cannot run: $*"
    return 1
  fi
}

apt_is_fresh=no
install_packages() { # <for apt> <for dnf> <for apk> <for brew>, each a list of words
  # shellcheck disable=SC2086 # the lists are split into words on purpose
  if command -v apt-get >/dev/null; then
    if [ "$apt_is_fresh" = no ]; then
      as_root apt-get update -q || return 1
      apt_is_fresh=yes
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $1
  elif command -v dnf >/dev/null; then
    as_root dnf install -qy $2
  elif command -v apk >/dev/null; then
    as_root apk add --no-cache $3
  elif command -v brew >/dev/null; then
    brew install $4
  else
    say 'no package manager that this script knows (apt-get, dnf, apk, brew)'
    return 1
  fi
}

command -v npm >/dev/null || fail 'npm is missing: install Node.js 20 or newer (the project brings its own Node 24)'

if ! has_postgres; then
  say 'installing PostgreSQL'
  install_packages 'postgresql postgresql-client' 'postgresql-server postgresql' 'postgresql postgresql-client' 'postgresql@17' ||
    fail 'PostgreSQL could not be installed; install its server and client packages by hand'
  has_postgres || fail 'PostgreSQL was installed, but not where this project looks for it'
fi

if ! has_browser; then
  say 'installing a browser for the tests of the pages'
  install_packages chromium chromium chromium '--cask chromium' ||
    fail 'no browser could be installed; install Chromium by hand, two tests need it'
  has_browser || fail 'a browser was installed, but not where this project looks for it'
fi

# A reverse proxy for the test of docs/examples/nginx.conf.
if ! command -v nginx >/dev/null && [ ! -x /usr/sbin/nginx ]; then
  say 'installing nginx'
  install_packages nginx-light nginx nginx nginx ||
    fail 'nginx could not be installed; install it by hand, one test needs it'
fi

# A terminal for the test of the hidden prompt.
if ! command -v script >/dev/null; then
  say 'installing script (util-linux)'
  install_packages bsdutils util-linux-script util-linux-misc util-linux ||
    fail 'script could not be installed; install util-linux by hand, one test needs it'
fi

# A connection pooler for the test of backups through one; the same places as in test/support/pooler.ts.
has_pooler() {
  local path
  for path in /usr/sbin /usr/bin /usr/local/bin /opt/homebrew/bin; do
    if [ -x "$path/pgbouncer" ]; then return 0; fi
  done
  return 1
}

if ! has_pooler; then
  say 'installing PgBouncer'
  install_packages pgbouncer pgbouncer pgbouncer pgbouncer ||
    fail 'PgBouncer could not be installed; install it by hand, one test needs it'
fi

# Shells for the test of the completions that bscc writes, and what shows its manual page.
for program in zsh fish mandoc; do
  if ! command -v "$program" >/dev/null; then
    say "installing $program"
    install_packages "$program" "$program" "$program" "$program" ||
      fail "$program could not be installed; install it by hand, one test needs it"
  fi
done

# npm writes the inner lock file last, so an interrupted installation is done again.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  say 'installing packages'
  # Only errors: the warnings are about the Node.js of the machine, which the pinned one among the packages replaces.
  npm ci --loglevel=error
fi

# A light S3 server for the tests of backups in a bucket.
bash scripts/get-moto.sh || say 'WARNING: moto could not be fetched; the service runs without it, and the tests of backups in S3 fail'

# The oldest and the newest PostgreSQL, for the shapes that every change goes through (test/zoo); only Debian has them all.
if command -v apt-get >/dev/null && [ "$(uname -m 2>/dev/null)" = x86_64 ]; then
  if ! command -v patchelf >/dev/null; then
    say 'installing patchelf'
    install_packages patchelf patchelf patchelf patchelf || fail 'patchelf could not be installed; the tests of other versions need it'
  fi
  bash scripts/get-postgres.sh 13 18 || say 'PostgreSQL 13 and 18 could not be fetched: tests of other versions cannot run'
fi

say 'ready'
