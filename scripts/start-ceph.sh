#!/usr/bin/env bash
# A strict S3 server on loopback, for tests: Ceph's object gateway (radosgw) over one monitor and one storage daemon that keeps
# everything in memory. It checks signatures, checksums, conditions and locks, keeps versions, and speaks TLS.
#
#   start-ceph.sh get   DIR          brings the programs to DIR/root: packages of Debian, about 150 MB to fetch, 470 MB unpacked
#   start-ceph.sh start DIR PORT     starts it, empty, waits until it answers, prints S3_ENDPOINT=… and the keys
#   start-ceph.sh stop  DIR
#
# PORT is http, PORT+1 https (certificate of its own: DIR/ca.pem), PORT+2 … PORT+20 are Ceph's own. Nothing is installed on the
# machine: apt runs with a state of its own below DIR. As root, or where user namespaces are allowed. Tried with Ceph 20.2.4.
set -euo pipefail
what=${1:-} dir=${2:-} port=${3:-}
[ -n "$dir" ] || { sed -n '2,10p' "$0" >&2; exit 64; }
release=${S3_DEBIAN_RELEASE:-forky}
mkdir -p "$dir"; dir=$(cd "$dir" && pwd); root=$dir/root
say() { printf 'start-ceph: %s\n' "$*" >&2; }
inside() { if [ "$(id -u)" -eq 0 ]; then chroot "$root" "$@"; else unshare --map-root-user chroot "$root" "$@"; fi; }

get() {
  [ ! -e "$root/READY" ] || return 0
  local site apt=$dir/apt
  site=$(apt-get indextargets --format '$(REPO_URI)|$(ORIGIN)|$(LABEL)' | grep '|Debian|Debian$' | cut -d'|' -f1 | sort -u | head -n 1)
  [ -n "$site" ] || { say 'this machine has no Debian mirror configured (run apt-get update once)'; exit 1; }
  mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/empty" "$root"
  : >"$apt/state/status"
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' "$site" "$release" >"$apt/one.sources"
  local options=(-qq -o "Dir::Etc::sourcelist=$apt/one.sources" -o "Dir::Etc::sourceparts=$apt/empty" -o "Dir::Etc::preferencesparts=$apt/empty"
    -o "Dir::State=$apt/state" -o "Dir::State::status=$apt/state/status" -o "Dir::Cache=$apt/cache" -o APT::Install-Recommends=0 -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update >&2
  # Not needed to run: systemd, perl, what configures packages.
  local unneeded='^(perl|perl-.*|libperl.*|systemd.*|dbus.*|debconf|cdebconf|adduser|passwd|libsystemd-shared|udev|init-.*|e2fsprogs|gdisk|smartmontools|nvme-cli|xfsprogs|cryptsetup.*|parted|lvm2|dmsetup|kmod|sudo|python3-(numpy|scipy|cherrypy3).*|gcc-.*-base|tar|dpkg|login.*|gpg.*|gnupg.*|lsb-.*|ucf|sensible-utils|logrotate|cron.*|hdparm|psmisc|procps|openssl|ca-certificates)$'
  (cd "$apt/cache/archives"
    # shellcheck disable=SC2046 # a list
    apt-get "${options[@]}" download $(apt-get "${options[@]}" install --simulate radosgw ceph-mon ceph-osd ceph-common dash coreutils |
      awk '$1 == "Inst" {print $2}' | grep -Ev "$unneeded") >&2)
  local directory file
  for directory in bin sbin lib lib64; do mkdir -p "$root/usr/$directory"; ln -sfn "usr/$directory" "$root/$directory"; done
  for file in "$apt"/cache/archives/*.deb; do dpkg-deb --fsys-tarfile "$file" | tar -x -C "$root" --keep-directory-symlink -f -; done
  rm -rf "$root"/usr/share/{doc,man,locale,info}
  mkdir -p "$root"/{dev,proc,tmp,run/ceph,etc/ceph,var/lib/ceph,var/log/ceph}
  for file in null zero full random urandom; do [ -e "$root/dev/$file" ] || cp -a "/dev/$file" "$root/dev/$file"; done
  printf 'root:x:0:0:root:/root:/bin/sh\nceph:x:64045:64045::/:/bin/false\n' >"$root/etc/passwd"
  printf 'root:x:0:\nceph:x:64045:\n' >"$root/etc/group"
  printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
  (cd "$apt/cache/archives" && for file in radosgw_* ceph-*; do sha256sum "$file"; done) >"$dir/SOURCES"
  rm -rf "$apt/cache"
  inside radosgw --version >"$root/READY"
  say "$(cat "$root/READY")"
}

start() {
  [ -n "$port" ] || { say 'start needs a port'; exit 64; }
  get
  stop
  rm -rf "$root"/var/lib/ceph/* "$root"/var/log/ceph/* "$root"/run/ceph/* "$root"/etc/ceph/*
  mkdir -p "$root"/var/lib/ceph/{mon,osd,rgw}
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
    -keyout "$root/etc/ceph/tls.key" -out "$dir/ca.pem" 2>/dev/null
  cat "$dir/ca.pem" "$root/etc/ceph/tls.key" >"$root/etc/ceph/tls.pem"
  local fsid=11111111-2222-3333-4444-555555555555 osd=66666666-2222-3333-4444-555555555555 monitor="[v2:127.0.0.1:$((port + 2)),v1:127.0.0.1:$((port + 3))]"
  cat >"$root/etc/ceph/ceph.conf" <<CONF
[global]
fsid = $fsid
mon_host = $monitor
mon_initial_members = a
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
keyring = /etc/ceph/keyring
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_port_min = $((port + 4))
ms_bind_port_max = $((port + 20))
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
memstore_device_bytes = ${S3_BYTES:-4294967296}
osd_class_update_on_start = false
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 2000
mon_data_avail_crit = 0
mon_data_avail_warn = 0
mon_data = /var/lib/ceph/mon
osd_data = /var/lib/ceph/osd
run_dir = /run/ceph
log_file = /var/log/ceph/\$name.log
[client.admin]
rgw_frontends = beast endpoint=127.0.0.1:$port ssl_endpoint=127.0.0.1:$((port + 1)) ssl_certificate=/etc/ceph/tls.pem
rgw_data = /var/lib/ceph/rgw
rgw_run_sync_thread = false
rgw_dynamic_resharding = false
CONF
  {
    inside ceph-authtool --create-keyring /etc/ceph/keyring --gen-key -n mon. --cap mon 'allow *'
    inside ceph-authtool /etc/ceph/keyring --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
    inside ceph-authtool /etc/ceph/keyring --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
    inside monmaptool --create --clobber --fsid $fsid --addv a "$monitor" /tmp/monmap
    inside ceph-mon -i a --mkfs --monmap /tmp/monmap --keyring /etc/ceph/keyring
  } >"$dir/make.log" 2>&1
  daemon mon ceph-mon -i a -f
  until inside ceph --connect-timeout 5 mon stat >/dev/null 2>&1; do sleep 0.2; alive mon; done
  {
    inside ceph auth import -i /etc/ceph/keyring
    inside ceph osd new $osd
    inside ceph-osd -i 0 --mkfs --osd-uuid $osd
  } >>"$dir/make.log" 2>&1
  daemon osd ceph-osd -i 0 -f
  daemon rgw radosgw -n client.admin -f --setuser root
  until curl -s -o /dev/null --max-time 2 "http://127.0.0.1:$port/"; do sleep 0.2; alive rgw; done
  inside radosgw-admin user create --uid test --display-name test --access-key "${S3_ACCESS_KEY:-testaccess}" --secret-key "${S3_SECRET_KEY:-testsecret}" >>"$dir/make.log" 2>&1
  printf 'S3_ENDPOINT=http://127.0.0.1:%s\nS3_ENDPOINT_TLS=https://127.0.0.1:%s\nS3_CA=%s\nS3_REGION=us-east-1\nS3_ACCESS_KEY=%s\nS3_SECRET_KEY=%s\n' \
    "$port" "$((port + 1))" "$dir/ca.pem" "${S3_ACCESS_KEY:-testaccess}" "${S3_SECRET_KEY:-testsecret}"
}

daemon() { # <name> <command…>: on its own, with its number in a file
  local name=$1; shift
  if [ "$(id -u)" -eq 0 ]; then setsid chroot "$root" "$@" >"$dir/$name.log" 2>&1 </dev/null & else setsid unshare --map-root-user chroot "$root" "$@" >"$dir/$name.log" 2>&1 </dev/null & fi
  echo $! >"$dir/$name.pid"
}
alive() { kill -0 "$(cat "$dir/$1.pid")" 2>/dev/null || { say "$1 has ended: $(tail -n 3 "$dir/$1.log")"; exit 1; }; }
stop() {
  local name pid
  for name in rgw osd mon; do
    [ -e "$dir/$name.pid" ] || continue
    pid=$(cat "$dir/$name.pid")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
    rm -f "$dir/$name.pid"
  done
}

case $what in get) get ;; start) start ;; stop) stop ;; *) say "unknown: $what"; exit 64 ;; esac
