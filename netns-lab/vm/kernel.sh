#!/usr/bin/env bash
# kernel.sh FOLDER: unpacks Debian's kernel of the cloud flavour and its headers below FOLDER/root and takes FOLDER/vmlinux out
# of it. Nothing is installed and /boot is not touched. FOLDER/release says which kernel it is, FOLDER/headers is what a module
# for it is built against.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd)
root=$folder/root
flavour=cloud-amd64

fail() { echo "kernel.sh: $*" >&2; exit 4; }
command -v lz4 >/dev/null || fail "missing Debian package lz4"
command -v depmod >/dev/null || fail "missing Debian package kmod"

depends() {  # PACKAGE PATTERN: the packages of that pattern it depends on
  apt-cache depends "$1" 2>/dev/null | sed -n "s/^ *Depends: *\($2\)\$/\1/p"
}

# The image and the headers as one metapackage names them, so that a module fits the kernel it is built for.
packages() {
  local headers image
  headers=$(depends "linux-headers-$flavour" 'linux-headers-[0-9].*' | head -1)
  [[ $headers ]] || fail "missing Debian package linux-headers-$flavour (is it in the package lists? apt-get update)"
  image=${headers/headers/image}
  echo "$image" "$headers" $(depends "$headers" 'linux-headers-.*-common\|linux-kbuild-.*')
}

# bzImage: the boot protocol says where the compressed ELF file is (Documentation/x86/boot.rst: setup_sects, payload_offset,
# payload_length). LZ4's own format has the length behind it, which the tool does not want.
extract_vmlinux() {  # BZIMAGE VMLINUX
  number() { od -An -t "u$2" -j "$1" -N "$2" "$bzimage" | tr -d ' '; }
  local bzimage=$1 start length
  start=$((($(number 0x1f1 1) + 1) * 512 + $(number 0x248 4)))
  length=$(number 0x24c 4)
  dd if="$bzimage" iflag=skip_bytes,count_bytes skip="$start" count=$((length - 4)) bs=1M status=none | lz4 -dcq >"$2" ||
    fail "cannot read the kernel in $bzimage"
}

wanted=($(packages))
release=${wanted[0]#linux-image-}
rm -rf "$root" "$folder/download"
mkdir -p "$folder/download"
(cd "$folder/download" && apt-get download "${wanted[@]}" >apt.log 2>&1) ||
  { tail -3 "$folder/download/apt.log" >&2; fail "cannot download the Debian packages ${wanted[*]}"; }
for package in "$folder"/download/*.deb; do dpkg -x "$package" "$root"; done
# The headers name the folder they think they are installed in.
common=$(cd "$root"/usr/src/linux-headers-*-common && pwd)
echo "include $common/Makefile" >"$root/usr/src/linux-headers-$release/Makefile"
ln -sfn "root/usr/src/linux-headers-$release" "$folder/headers"
depmod -b "$root" "$release"
extract_vmlinux "$root/boot/vmlinuz-$release" "$folder/vmlinux"
rm -rf "$folder/download"
echo "$release" >"$folder/release"
