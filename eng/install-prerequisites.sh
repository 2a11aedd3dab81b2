#!/usr/bin/env bash
# Installs what is missing on a Debian machine: "build" is enough to compile, "run" adds what a node needs, and "etcd" as a second word what the tests run
# against: an etcd, and Node.js.
set -euo pipefail
level=${1:-run}
packages=()
need() { command -v "$1" >/dev/null 2>&1 || packages+=("$2"); }

need gcc gcc
need git git
need kubectl kubernetes-client
[[ -e /usr/lib/x86_64-linux-gnu/libz.so || -e /usr/lib/aarch64-linux-gnu/libz.so ]] || packages+=(zlib1g-dev)
[[ -e /usr/lib/x86_64-linux-gnu/libsqlite3.a || -e /usr/lib/aarch64-linux-gnu/libsqlite3.a ]] || packages+=(libsqlite3-dev)
if [[ $level == run ]]; then
    need containerd containerd
    need runc runc
    need crun crun
    need nft nftables
    need ip iproute2
    need iptables iptables
    [[ -x /usr/lib/cni/bridge ]] || packages+=(containernetworking-plugins)
    [[ -x /bin/busybox ]] && ! ldd /bin/busybox >/dev/null 2>&1 || packages+=(busybox-static)
fi

if [[ ${2:-} == etcd ]]; then
    need etcd etcd-server
    # The official JavaScript client is one of the clients that the tests use.
    need node nodejs
    need npm npm
fi

if [[ ${#packages[@]} -gt 0 ]]; then
    echo "installing: ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
    # Minik8s supervises a containerd of its own; a system-wide one that came only with the package would idle beside it.
    if [[ " ${packages[*]} " == *" containerd "* && -d /run/systemd/system ]]; then
        systemctl disable --quiet --now containerd
    fi
    # The same holds for etcd: the tests start their own.
    if [[ " ${packages[*]} " == *" etcd-server "* && -d /run/systemd/system ]]; then
        systemctl disable --quiet --now etcd
    fi
fi
