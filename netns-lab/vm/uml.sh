#!/usr/bin/env bash
# uml.sh FOLDER KCONFIG...: makes the program FOLDER/linux out of Debian's kernel source, with what the KCONFIG files ask for: User Mode
# Linux. FOLDER/headers is what a module for it is built against, as kernel.sh has it. The source is unpacked beside FOLDER, once, and again when
# this script has changed: what is changed in it stands here.
set -euo pipefail
folder=$(mkdir -p "$1" && cd "$1" && pwd); shift
source=$(dirname "$folder")/source
jobs=${TFLAB_JOBS:-$(nproc)}
export ARCH=um
umask 022

fail() { echo "uml.sh: $*" >&2; exit 4; }

need() {  # FILE PACKAGE
  command -v "$1" >/dev/null || [[ -e $1 ]] || fail "missing Debian package $2"
}
need flex flex
need bison bison
need bc bc
need xz xz-utils
need openssl openssl
need /usr/include/openssl/ssl.h libssl-dev

# What 6.1 has to be told. Processors with large registers (AMX) have more of them to keep than it has room for. A serial line that was
# told to wait never hears again; the terminal behind it keeps what comes meanwhile anyway. A card on a tap gives up for good when the tap
# takes no frame (EIO: it is down), but a cable that is out comes back: a frame is lost, as on any wire. And what it forbids an architecture
# that does not preempt, needlessly, for all that is wanted is counted: to watch for sleeping in atomic sections.
unpack() {
  local new=$source.new
  rm -rf "$new"
  mkdir -p "$new"
  (cd "$new" && apt-get download linux-source-6.1 >apt.log 2>&1) || { tail -3 "$new/apt.log" >&2; fail "cannot download the Debian package linux-source-6.1"; }
  dpkg -x "$new"/*.deb "$new/package"
  tar -xf "$new"/package/usr/src/linux-source-6.1.tar.xz --strip-components=1 -C "$new"
  rm -rf "$new"/*.deb "$new/package"
  sed -i 's/DEFINE_LONGS(HOST_FP_SIZE, 2696)/DEFINE_LONGS(HOST_FP_SIZE, 11264)/' "$new/arch/x86/um/user-offsets.c"
  sed -i '/^int uml_vector_writev/,/^}/s/(errno == ENOBUFS)/(errno == ENOBUFS) || (errno == EIO)/' "$new/arch/um/drivers/vector_user.c"
  sed -i '/[.]throttle\s*= line_throttle/d' "$new/arch/um/drivers/ssl.c"
  sed -i '/^config DEBUG_ATOMIC_SLEEP$/,/^\thelp$/{/ARCH_NO_PREEMPT/d}' "$new/lib/Kconfig.debug"
  rm -rf "$source"
  mv "$new" "$source"
  touch "$source"
}

configure() {  # KCONFIG...
  local line
  cat "$@" >"$folder/kconfig"
  KCONFIG_ALLCONFIG=$folder/kconfig make -s -C "$source" O="$folder/build" allnoconfig
  while read -r line; do
    grep -qxF -- "$line" "$folder/build/.config" || fail "the kernel does not take $line"
  done < <(grep ^CONFIG_ "$folder/kconfig")
}

[[ $source -nt $0 ]] || unpack
configure "$@"
make -C "$source" O="$folder/build" -j"$jobs" ${CCACHE_BASEDIR:+CC="ccache gcc"} linux modules >"$folder/build.log" 2>&1 ||
  { tail -30 "$folder/build.log" >&2; exit 70; }
# Whoever builds a module need not know which architecture this is.
printf 'export ARCH := um\ninclude Makefile\n' >"$folder/build/GNUmakefile"
rm -rf "$folder/root"
make -s -C "$folder/build" INSTALL_MOD_PATH="$folder/root" modules_install >>"$folder/build.log"
strip --strip-debug -o "$folder/linux" "$folder/build/linux"
ln -sfn build "$folder/headers"
make -s -C "$folder/build" kernelrelease >"$folder/release"
