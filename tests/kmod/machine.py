"""A machine of its own for lab.kmod and vrouter.ko: no network, the wires are veth pairs inside. qemu with Debian's kernel, or User Mode
Linux where the folder of the image (TFLAB_VM_DIR) has one."""
import ctypes, os, pathlib, re, shutil, signal, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Runs as the first process. What the tests print stands between marks, and so does what the kernel complains about, which is asked for
# while the module is there, and knows the names of what it did, and after it has left.
INIT = """#!/bin/busybox sh
export PATH=/bin
busybox mount -t proc proc /proc; busybox mount -t sysfs sys /sys; busybox mount -t devtmpfs dev /dev; busybox mount -t tmpfs run /run
for where in all default; do echo 1 >/proc/sys/net/ipv6/conf/$where/disable_ipv6; done
for module in veth vrf mpls_router mpls_iptunnel mpls_gso ip_gre ipip fou vxlan; do modprobe $module || echo "@@ not here: $module"; done
ip link set lo up
run() { echo "@@ test $1"; TFLAB_ROUNDS=@COUNT@ lab.kmod --gtest_filter="$1" --gtest_color=no; echo "@@ code $?"; }
complaints() { echo "@@ complaints"; kernel-complaints; echo "@@ no more"; }
run 'KmodAbsent.*'
for bad in vifs=0 vifs=65537 vrfs=70000 nexthops=0 nexthops=2000000 labels=2000000 routes4=0 routes6=99999999 macs=0 vnis=0 \
  member_groups=99999999 flows=99999999 held_flows=99999999 fragments=99999999 held_pieces=99999999 mirrors=257 vifs=x; do
  insmod /vrouter.ko $bad 2>/dev/null && echo "@@ accepted $bad"
done
busybox grep -q vrouter /proc/modules && echo '@@ accepted something'
insmod /vrouter.ko || echo '@@ not loaded'
run '@CHOSEN@'
complaints
rmmod vrouter || echo '@@ not unloaded'
complaints
echo '@@ end'
busybox reboot -f
"""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


class Image:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.user_mode = (self.folder / "linux").exists()
        self.kernel, self.initrd, self.module = (self.folder / name for name in ("linux" if self.user_mode else "vmlinux", "initrd", "kmod/lab/vrouter.ko"))
        missing = [str(file) for file in (self.kernel, self.initrd, self.module) if not file.exists()]
        if missing:
            skip(f"no {missing[0]} (ninja vm-image)")
        if not self.user_mode and not shutil.which("qemu-system-x86_64"):
            skip("no qemu-system-x86_64 (Debian package qemu-system-x86)")


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def add_program(program, tree):
    shutil.copy(program, tree / "bin" / pathlib.Path(program).name)
    subprocess.run(["strip", "--strip-all", tree / "bin" / pathlib.Path(program).name], check=True)
    for library in re.findall(r"(/\S+)", subprocess.run(["ldd", program], capture_output=True, text=True).stdout):
        (tree / library[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(os.path.realpath(library), tree / library[1:])


def overlay(folder, program, module, init):
    tree = folder / "overlay"
    (tree / "bin").mkdir(parents=True)
    (tree / "kmod-init").write_text(init)
    (tree / "kmod-init").chmod(0o755)
    shutil.copy(module, tree / "vrouter.ko")
    add_program(program, tree)
    names = subprocess.run(["find", "."], cwd=tree, capture_output=True, check=True).stdout
    return subprocess.run(["cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet"], cwd=tree, input=names,
                          capture_output=True, check=True).stdout


def qemu(kernel, initrd, cpus):
    mhz = re.search(r"cpu MHz\s*:\s*([\d.]+)", pathlib.Path("/proc/cpuinfo").read_text())
    calibrated = f"tsc_early_khz={int(float(mhz[1]) * 1000)} tsc=reliable" if mhz else ""
    return ["qemu-system-x86_64", "-name", "tflab-kmod-test", "-accel", "tcg,thread=multi", "-cpu", "max", "-M", "microvm",
            "-m", "512", "-smp", str(cpus), "-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio", "-kernel", kernel, "-initrd", initrd,
            "-append", f"console=ttyS0 quiet panic=-1 cryptomgr.notests rdinit=/kmod-init {calibrated}"]


def user_mode_linux(kernel, initrd, cpus):
    """As netns-lab/vm/vm.cc has it. It has one processor. What a kernel that can may refuse us is what anybody asks for (shortage_test.cc)."""
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", 'mount -t tmpfs tmpfs /run && "$@" | cat', "sh",
            kernel, f"initrd={initrd}", "mem=512M", "uml_dir=/run", "quiet", "noreboot", "slub_debug=A,kmalloc-*,skbuff*",
            "rdinit=/kmod-init"]


def boot(image, initrd, cpus, patience):
    command = (user_mode_linux if image.user_mode else qemu)(image.kernel, initrd, cpus)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               preexec_fn=die_with_parent)
    try:
        return process.communicate(timeout=patience)[0].decode(errors="replace").replace("\r", "")
    except subprocess.TimeoutExpired:
        process.kill()
        said = process.communicate()[0].decode(errors="replace")
        if "@@ test" not in said:
            skip(f"no machine boots here within {patience} s; its console:\n{said[-2000:]}")
        sys.exit(f"the machine did not end within {patience} s; its console:\n{said[-4000:]}")
    finally:
        process.kill()


def said_by(image, program, module, chosen, rounds, cpus=1):
    """All that a machine printed in which the tests of `chosen` ran with `module`."""
    with tempfile.TemporaryDirectory(prefix="tflab-kmod-") as folder:
        folder = pathlib.Path(folder)
        whole = folder / "initrd"
        whole.write_bytes(image.initrd.read_bytes() +
                          overlay(folder, program, module, INIT.replace("@COUNT@", str(rounds)).replace("@CHOSEN@", chosen)))
        return boot(image, whole, cpus, 180 + 5 * rounds)


def faults_of(said):
    faults = [line for line in said.splitlines() if re.match(r"@@ (accepted|not )", line)]
    codes = re.findall(r"@@ code (\d+)", said)
    if codes != ["0", "0"]:
        faults.append(f"lab.kmod ended with {codes}")
    if "@@ end" not in said:
        faults.append("the machine died")
    return faults + complaints_in(said)


def complaints_in(said):
    return [words for words in re.findall(r"^@@ complaints\n(.*?)^@@ no more", said, re.M | re.S) if words]
