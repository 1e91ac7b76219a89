#!/usr/bin/python3
"""vrouter.ko in a virtual machine: boots, runs lab.kmod inside, and reads what the kernel had to say (L12 of the fault catalogue);
parameters out of range are refused (L03).

usage: kmod.py LAB_KMOD [FILTER]    TFLAB_ROUNDS=1000: the long mode of loading and unloading."""
import os, pathlib, re, shutil, subprocess, sys, tempfile, time
from machine import *

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
    image = Image(os.environ.get("TFLAB_VM_DIR", ROOT / "build/release/vm"))
    started = time.monotonic()
    said = said_by(image, program, image.module, chosen, int(os.environ.get("TFLAB_ROUNDS", "8")))
    faults = faults_of(said)
    captures = dict(re.findall(r"^@@ pcap (\S+) ([0-9a-f]+)$", said, re.M))
    if captures and shutil.which("tshark"):
        with tempfile.TemporaryDirectory(prefix="tflab-kmod-") as folder:
            for name, octets in captures.items():
                faults += judge_capture(pathlib.Path(folder), name, bytes.fromhex(octets))
    # Once more where two processors take part.
    if len(sys.argv) == 2 and not image.user_mode:
        both = said_by(image, program, image.module, "KmodCpus.*", 1, cpus=2)
        faults += faults_of(both) + ([] if "@@ two processors" in both else ["one processor did all the work"])
        said += both
    print(said if faults else "\n".join(line for line in said.splitlines() if line.startswith(("@@ t", "@@ c", "[       OK", "[  PASSED"))))
    print(f"{time.monotonic() - started:.1f} s in the machine")
    sys.exit("\n".join(["failed:"] + faults) if faults else 0)


main()
