#!/usr/bin/env bash
# Makes the images of the samples as archives in a folder, from Debian's static busybox alone, so that the samples run without a registry:
#   samples/images/build.sh FOLDER [path of the minik8s executable]
# They stand in for the images of the same names: a file server on port 80 and a downloader with its control port 6800.
set -euo pipefail
out=${1:?usage: build.sh FOLDER [minik8s]}
minik8s=${2:-minik8s}
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A root file system with busybox under every name that it answers to.
base() {
    mkdir -p "$1"/{bin,etc,tmp,data,usr/share/nginx/html/files,var/www}
    chmod 1777 "$1/tmp"
    cp /bin/busybox "$1/bin/busybox"
    local applet
    for applet in $(/bin/busybox --list); do
        [[ $applet == busybox ]] || ln -s busybox "$1/bin/$applet"
    done
    echo 'root:x:0:0:root:/:/bin/sh' >"$1/etc/passwd"
    echo 'root:x:0:' >"$1/etc/group"
}

pack() { # tag, archive, further flags
    local tag=$1 archive=$2
    shift 2
    "$minik8s" image pack --root "$work/root" --tag "$tag" --output "$out/$archive.tar" --env PATH=/bin "$@"
}

base "$work/root"
echo '<h1>Minik8s</h1><p>Files are under <a href="files/">files/</a>.</p>' >"$work/root/usr/share/nginx/html/index.html"
pack docker.io/library/busybox:1.35 busybox --cmd sh
pack docker.io/dplsming/nginx-fileserver:1.0 nginx-fileserver --expose 80 --cmd httpd --cmd -f --cmd -p --cmd 80 --cmd -h --cmd /usr/share/nginx/html
pack docker.io/dplsming/aria2ng-downloader:1.0 aria2ng-downloader --expose 6800 --expose 6880 --workdir /data --cmd httpd --cmd -f --cmd -p --cmd 6800 --cmd -h --cmd /data
