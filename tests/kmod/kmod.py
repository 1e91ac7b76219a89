#!/usr/bin/python3
"""vrouter.ko in a virtual machine with Debian's kernel: boots, runs lab.kmod inside, and reads what
the kernel had to say (L12 of the fault catalogue); parameters out of range are refused (L03). One machine, no network: the wires are veth pairs inside.

usage: kmod.py LAB_KMOD [FILTER]    TFLAB_ROUNDS=1000: the long mode of loading and unloading."""
import ctypes, os, pathlib, re, shutil, signal, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BAD = re.compile(r"WARNING|BUG|Oops|Call Trace|KASAN|UBSAN|rcu_sched|general protection|lockdep|soft lockup|refcount")
OUT_OF_TREE_UNSIGNED = 12288

# Runs as the first process. What the tests print stands between marks, and so does dmesg.
INIT = """#!/bin/busybox sh
export PATH=/bin
busybox mount -t proc proc /proc; busybox mount -t sysfs sys /sys; busybox mount -t devtmpfs dev /dev; busybox mount -t tmpfs run /run
for where in all default; do echo 1 >/proc/sys/net/ipv6/conf/$where/disable_ipv6; done
for module in veth vrf mpls_router mpls_iptunnel mpls_gso ip_gre ipip fou vxlan; do modprobe $module || echo "@@ not here: $module"; done
ip link set lo up
run() { echo "@@ test $1"; TFLAB_ROUNDS=@COUNT@ lab.kmod --gtest_filter="$1" --gtest_color=no; echo "@@ code $?"; }
run 'KmodAbsent.*'
for bad in vifs=0 vifs=65537 vrfs=70000 nexthops=0 nexthops=2000000 labels=2000000 routes4=0 routes6=99999999 macs=0 vnis=0 \
  member_groups=99999999 flows=99999999 held_flows=99999999 fragments=99999999 mirrors=257 vifs=x; do
  insmod /vrouter.ko $bad 2>/dev/null && echo "@@ accepted $bad"
done
busybox grep -q vrouter /proc/modules && echo '@@ accepted something'
insmod /vrouter.ko || echo '@@ not loaded'
run '@CHOSEN@'
echo "@@ taint $(busybox cat /proc/sys/kernel/tainted)"
rmmod vrouter || echo '@@ not unloaded'
echo '@@ dmesg'; busybox dmesg; echo '@@ end'
busybox reboot -f
"""


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def add_program(program, tree):
    shutil.copy(program, tree / "bin" / pathlib.Path(program).name)
    subprocess.run(["strip", "--strip-all", tree / "bin" / pathlib.Path(program).name], check=True)
    for library in re.findall(r"(/\S+)", subprocess.run(["ldd", program], capture_output=True, text=True).stdout):
        (tree / library[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(os.path.realpath(library), tree / library[1:])


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def image():
    folder = pathlib.Path(os.environ.get("TFLAB_VM_DIR", ROOT / "build/release/vm"))
    files = [folder / name for name in ("vmlinux", "initrd", "kmod/lab/vrouter.ko")]
    missing = [str(file) for file in files if not file.exists()]
    return files if not missing else skip(f"no {missing[0]} (ninja vm-image)")


def overlay(folder, program, ko, init):
    tree = folder / "overlay"
    (tree / "bin").mkdir(parents=True)
    (tree / "kmod-init").write_text(init)
    (tree / "kmod-init").chmod(0o755)
    shutil.copy(ko, tree / "vrouter.ko")
    add_program(program, tree)
    names = subprocess.run(["find", "."], cwd=tree, capture_output=True, check=True).stdout
    return subprocess.run(["cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet"], cwd=tree, input=names,
                          capture_output=True, check=True).stdout


def boot(kernel, initrd, patience):
    mhz = re.search(r"cpu MHz\s*:\s*([\d.]+)", pathlib.Path("/proc/cpuinfo").read_text())
    calibrated = f"tsc_early_khz={int(float(mhz[1]) * 1000)} tsc=reliable" if mhz else ""
    qemu = ["qemu-system-x86_64", "-name", "tflab-kmod-test", "-accel", "tcg,thread=multi", "-cpu", "max", "-M", "microvm",
            "-m", "512", "-nodefaults", "-no-reboot", "-display", "none", "-serial", "stdio", "-kernel", kernel, "-initrd", initrd,
            "-append", f"console=ttyS0 quiet panic=-1 rdinit=/kmod-init {calibrated}"]
    process = subprocess.Popen(qemu, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
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


def judge(said):
    faults = [line for line in said.splitlines() if re.match(r"@@ (accepted|not )", line)]
    codes = re.findall(r"@@ code (\d+)", said)
    if codes != ["0", "0"]:
        faults.append(f"lab.kmod ended with {codes}")
    taint = re.search(r"@@ taint (\d+)", said)
    if not taint or int(taint[1]) != OUT_OF_TREE_UNSIGNED:
        faults.append(f"taint is {taint and taint[1]}, not {OUT_OF_TREE_UNSIGNED}")
    if "@@ end" not in said:
        faults.append("the machine died")
    told = said.split("@@ dmesg")[-1]
    faults += [line for line in told.splitlines() if BAD.search(line)]
    return faults


# Captures of pings, ours and Linux's own: the layers of every frame, and its label or VNI.
CAPTURES = {
    "udp-ours": ("eth:ethertype:ip:udp:mpls:ip:icmp", "mpls.label", "1000"),
    "udp-theirs": ("eth:ethertype:ip:udp:mpls:ip:icmp", "mpls.label", "25"),
    "gre-ours": ("eth:ethertype:ip:gre:mpls:ip:icmp", "mpls.label", "2000"),
    "gre-theirs": ("eth:ethertype:ip:gre:mpls:ip:icmp", "mpls.label", "25"),
    "vxlan-ours": ("eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:icmp", "vxlan.vni", "5000"),
    "vxlan-theirs": ("eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:icmp", "vxlan.vni", "5000"),
}


def tshark(file, *arguments):
    checks = [option for name in ("ip", "udp") for option in ("-o", f"{name}.check_checksum:TRUE")]
    return subprocess.run(["tshark", "-r", file, *checks, *arguments], capture_output=True, text=True, check=True).stdout


def judge_capture(folder, name, octets):
    file = folder / f"{name}.pcap"
    file.write_bytes(octets)
    layers, field, number = CAPTURES[name]
    rows = tshark(file, "-T", "fields", "-e", "frame.protocols", "-e", field).splitlines()
    faults = [f"{name}: {row}, not {layers} {number}" for row in rows if row.split("\t")[0].removesuffix(":data") != layers
              or row.split("\t")[1] != number]
    # Each machine asks three times and answers three times.
    if len([row for row in rows if "icmp" in row]) != 6:
        faults.append(f"{name}: {len(rows)} frames, not 6")
    if wrong := tshark(file, "-Y", "_ws.malformed || _ws.expert.severity == error || ip.checksum.status == 0 || icmp.checksum.status == 0"):
        faults.append(f"{name}: tshark complains about\n{wrong}")
    return faults


def main():
    program, chosen = sys.argv[1], (sys.argv[2] if len(sys.argv) > 2 else "Kmod*:-KmodAbsent.*")
    if not shutil.which("qemu-system-x86_64"):
        skip("no qemu-system-x86_64 (Debian package qemu-system-x86)")
    rounds = os.environ.get("TFLAB_ROUNDS", "8")
    kernel, initrd, ko = image()
    with tempfile.TemporaryDirectory(prefix="tflab-kmod-") as folder:
        folder = pathlib.Path(folder)
        init = INIT.replace("@COUNT@", rounds).replace("@CHOSEN@", chosen)
        whole = folder / "initrd"
        whole.write_bytes(initrd.read_bytes() + overlay(folder, program, ko, init))
        started = time.monotonic()
        said = boot(kernel, whole, 180 + 5 * int(rounds))
    faults = judge(said)
    captures = dict(re.findall(r"^@@ pcap (\S+) ([0-9a-f]+)$", said, re.M))
    if captures and shutil.which("tshark"):
        with tempfile.TemporaryDirectory(prefix="tflab-kmod-") as folder:
            for name, octets in captures.items():
                faults += judge_capture(pathlib.Path(folder), name, bytes.fromhex(octets))
    print(said if faults else "\n".join(line for line in said.splitlines() if line.startswith(("@@ t", "@@ c", "[       OK", "[  PASSED"))))
    print(f"{time.monotonic() - started:.1f} s in the machine")
    sys.exit("\n".join(["failed:"] + faults) if faults else 0)


main()
