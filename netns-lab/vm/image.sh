#!/usr/bin/env bash
# image.sh FOLDER MODULE PROGRAM...: makes FOLDER/initrd, all that a VM of the kernel host has beside its kernel (kernel.sh): busybox,
# iproute2, ping, the kernel's modules for networks, our MODULE, and our PROGRAMs with the libraries they want. Small: a translated
# processor takes a hundredth of a second to unpack a megabyte.
set -euo pipefail
folder=$1 module=$2; shift 2
here=$(cd "$(dirname "$0")" && pwd)
root=$folder/root
release=$(<"$folder/release")

fail() { echo "image.sh: $*" >&2; exit 4; }

need() {  # PROGRAM PACKAGE
  command -v "$1" || fail "missing Debian package $2"
}
busybox=$(need busybox busybox-static)
ip=$(need ip iproute2)
bridge=$(need bridge iproute2)
ping=$(need ping iputils-ping)
need depmod kmod >/dev/null
need cpio cpio >/dev/null

modules=(veth bridge mpls_router mpls_iptunnel mpls_gso ip_gre ipip fou vrf vxlan)
[[ -e $folder/linux ]] || modules+=(virtio_mmio virtio_net virtio_console)

add_program() {  # PROGRAM TREE; names of one program stay names of one program
  local file program name
  program=$(readlink -f "$1") name=$(basename "$program")
  [[ $(basename "$1") == "$name" ]] || ln -s "$name" "$2/bin/$(basename "$1")"
  [[ ! -e $2/bin/$name ]] || return 0
  install -D --strip "$program" "$2/bin/$name"
  for file in $(ldd "$program" 2>/dev/null | grep -oE '/[^ ]+' || true); do
    [[ -e $2$file ]] || install -D "$(readlink -f "$file")" "$2$file"
  done
}

add_modules() {  # TREE
  local name file
  mkdir -p "$1/lib/modules/$release"
  for name in "${modules[@]}"; do
    modprobe -d "$root" -S "$release" --show-depends "$name" | sed -n 's/^insmod *\([^ ]*\).*/\1/p' |
      while read -r file; do install -D -m 644 "$file" "$1${file#"$root"}"; done
  done
  cp "$root/lib/modules/$release"/modules.{order,builtin,builtin.modinfo} "$1/lib/modules/$release/"
  install -D -m 644 "$module" "$1/lib/modules/$release/extra/$(basename "$module")"
  depmod -b "$1" "$release"
}

pack() {  # TREE ARCHIVE
  (cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) >"$2"
}

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{proc,sys,dev,run,tmp,etc,bin}
for program in "$busybox" "$ip" "$bridge" "$ping" "$@"; do add_program "$program" "$tree"; done
for name in sh mount dmesg cat ls grep sed sleep modprobe insmod rmmod; do ln -s busybox "$tree/bin/$name"; done
install "$here/init" "$tree/init"
install "$here/kernel-complaints" "$tree/bin/kernel-complaints"
add_modules "$tree"
pack "$tree" "$folder/initrd.new"
mv "$folder/initrd.new" "$folder/initrd"
