#!/usr/bin/python3
"""`tflab bench kernel`: its figures are instructions that a VM counted, so they can be judged here; and nothing is left behind."""
import json, pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from lab import *

need_root()
if not (pathlib.Path(TFLAB).resolve().parents[1] / "vm" / "initrd").exists():
    print("skipped: no VM image (ninja vm-image)")
    sys.exit(77)
before = {p.name for p in pathlib.Path("/tmp").glob("tflab-bench-*")}
answer = json.loads(tflab("bench", "kernel", "-f", "json", "--progress", "none", timeout=200, check=0).stdout)
names = [f"{way}, {size} octets" for size in (64, 1400) for way in ("MPLSoUDP out", "MPLSoUDP in", "VXLAN out")]
expect_equal([row["name"] for row in answer["cases"]], names + ["TCP out over MPLSoUDP", "TCP in over MPLSoUDP"], "the cases")
for row in answer["cases"]:
    expect(row["unit"].startswith("TCG instr"), "the figures say what they are")
    expect(row["holds"] is True, f"{row['name']}: {row['ours']} of ours, {row['reference']} of the kernel's own")
expect_equal({p.name for p in pathlib.Path("/tmp").glob("tflab-bench-*")}, before, "a bench leaves nothing")
