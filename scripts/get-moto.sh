#!/usr/bin/env bash
# Brings moto, a light S3 server, for tests: .berkut/moto/moto_server. What is there already costs nothing.
#
# It is written in Python, and one package of Debian without compiled parts, so it runs with the Python of any Debian or Ubuntu:
#
#   1. moto that this machine has
#   2. python3-moto of this machine's own release
#   3. what it needs from this machine's release, and the one package from Debian stable, whose revision stays what it is for years;
#      should it not be there, from testing or unstable. apt checks Debian's signature.
#   4. where none of these is to be had: a Python environment of its own with the pinned package from PyPI
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
into=$root/.berkut/moto
release_pinned=5.1.1-4 sum_pinned=8a231ec9c330cd2cf40fde0d0ebe1d3c10698cfba718cee8a2ad7e983c4e7574
[ ! -e "$into/READY" ] || exit 0
rm -rf "$into"
mkdir -p "$into"

say() { printf 'get-moto: %s\n' "$*" >&2; }
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

use() { # <python> [<directory of packages>]
  printf '#!/bin/sh\nPYTHONPATH=%s exec %s -m moto.server "$@"\n' "${2:-}" "$1" >"$into/moto_server"
  chmod +x "$into/moto_server"
  "$into/moto_server" --help >/dev/null 2>&1 || return 1
  touch "$into/READY"
  say "ready: $1 ${2:-}"
  exit 0
}

install() { as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends "$@" >&2; }

from_debian() { # <release>: python3-moto and nothing else, with a state of apt of its own
  local apt=$into/apt site file
  site=$(apt-get indextargets --format '$(REPO_URI)|$(ORIGIN)|$(LABEL)' | grep '|Debian|Debian$' | cut -d'|' -f1 | sort -u | head -n 1)
  site=${site:-http://deb.debian.org/debian}
  rm -rf "$apt"
  mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/empty"
  : >"$apt/state/status"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' "$site" "$1" >"$apt/one.sources"
  local options=(-qq -o "Dir::Etc::sourcelist=$apt/one.sources" -o "Dir::Etc::sourceparts=$apt/empty" -o "Dir::Etc::preferencesparts=$apt/empty"
    -o "Dir::State=$apt/state" -o "Dir::State::status=$apt/state/status" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root
    -o Acquire::Languages=none)
  apt-get "${options[@]}" update >&2 || return 1
  (cd "$apt/cache/archives" && apt-get "${options[@]}" download python3-moto >&2) || return 1
  file=$(echo "$apt"/cache/archives/python3-moto_*.deb)
  [ "$(sha256sum <"$file" | cut -d' ' -f1)" = "$sum_pinned" ] ||
    say "the mirror has $(dpkg-deb -f "$file" Version); this script was tried with $release_pinned"
  dpkg-deb -x "$file" "$into/root"
  rm -rf "$apt"
}

if [ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import moto.server' 2>/dev/null; then use /usr/bin/python3; fi
if command -v apt-get >/dev/null; then
  [ -n "$(apt-cache pkgnames python3-boto3)" ] || as_root apt-get update -qq >&2
  if [ -n "$(apt-cache pkgnames python3-moto)" ] && install python3-moto python3-flask-cors && use /usr/bin/python3; then exit 0; fi
  if install python3-boto3 python3-cryptography python3-flask python3-flask-cors python3-responses python3-xmltodict python3-yaml; then
    for release in trixie forky sid; do
      if from_debian "$release" && use /usr/bin/python3 "$into/root/usr/lib/python3/dist-packages"; then exit 0; fi
      say "moto of $release cannot be used here"
    done
  fi
  install python3-venv || say 'python3-venv could not be installed'
fi
python3 -m venv "$into/venv"
"$into/venv/bin/pip" install --quiet 'moto[s3,server]==5.1.1' >&2
use "$into/venv/bin/python3" || { say 'moto does not run'; exit 1; }
