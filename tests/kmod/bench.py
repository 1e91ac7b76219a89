#!/usr/bin/python3
"""`tflab bench kernel`: its figures are instructions that a VM counted, so they can be judged here; and nothing is left behind. `tflab bench uml`,
where its kernel has been made: the same cases natively, so far from their goals that a busy machine does not matter."""
import json, pathlib, re, sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from lab import *

need_root()
BUILD = pathlib.Path(TFLAB).resolve().parents[1]
if not (BUILD / "vm" / "initrd").exists():
    print("skipped: no VM image (ninja vm-image)")
    sys.exit(77)
NAMES = [f"{way}, {size} octets" for size in (64, 1400) for way in ("MPLSoUDP out", "MPLSoUDP in", "VXLAN out")]


def left():
    return {p.name for p in pathlib.Path("/tmp").glob("tflab-vm-*")}


def judge(bench, unit, rounds):
    cases = json.loads(tflab("bench", bench, "-f", "json", "--progress", "none", timeout=200, check=0).stdout)["cases"]
    expect_equal([row["name"] for row in cases], NAMES + ["TCP out over MPLSoUDP", "TCP in over MPLSoUDP"], "the cases")
    for row in cases:
        expect(row["unit"].startswith(unit), f"the figures of bench {bench} say what they are: {row['unit']}")
        expect_equal(len(row["samples"]), rounds, "rounds")
        expect(row["holds"] is True, f"{row['name']}: {row['ours']} {row['unit']} of ours, {row['reference']} of the kernel's own")


before = left()
judge("kernel", "TCG instr", 3)
if (BUILD.parent / "uml" / "plain" / "initrd").exists():
    judge("uml", "UML ns", 9)
else:
    lacking = tflab("bench", "uml", check=4)
    expect(re.search("VMs need .*/uml/plain/linux, which ./tflab makes for bench uml", lacking.stderr), f"what is missing has a name: {lacking.stderr}")
expect_equal(left(), before, "a bench leaves nothing")
