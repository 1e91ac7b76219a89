#!/usr/bin/python3
"""`tflab bench control` at a tenth of its size: the answer has its shape, every receiver's set of routes is exact,
nothing is sent twice, and nothing is left behind. Not a word about time: that is the full bench's business."""
import json, signal, subprocess, time
from lab import *

need_root()
FIELDS = {"name", "unit", "ours", "reference", "reference_name", "ratio", "goal", "holds", "samples"}


def left_over():
    folders = {p.name for p in pathlib.Path("/tmp").glob("tflab-bench-*")}
    return ours() | folders


before = left_over()
answer = json.loads(tflab("bench", "control", "--quick", "-f", "json", "--progress", "none", timeout=280, check=0).stdout)
expect_equal(answer["bench"], "control", "the bench says which one it is")
rows = {row["name"]: row for row in answer["cases"]}
for row in rows.values():
    expect_equal(set(row), FIELDS, f"fields of {row['name']}")
CASES = ("reflect-10x10000", "reflect-100x1000", "targets-100x1000", "one-of-2000-targets", "agents-2140x2000")
for case in CASES:
    for figure in ("wrong", "twice"):
        row = rows[f"{case}/{figure}"]
        expect(row["holds"] is True and row["ours"] == 0, f"{row['name']}: {row['ours']} routes")
# At this size a case may be over before the kernel has counted anything.
expect(sum(rows[f"{case}/cpu"]["ours"] for case in CASES) > 0, "processor time was measured")
expect({"growth-routes/bytes", "size/session", "size/path", "codec/inet-vpn/decode"} <= set(rows), "growth, size and codec are told")

model = tflab("bench", "control", "--calibrate", "--quick", "--progress", "none", timeout=100, check=0).stdout
expect_equal(set(json.loads(model)), {"cores", "per-update"}, "what a message takes")
tflab("lint", ROOT / "scenarios" / "smoke" / "two-computes.tflab.json", "--set", f"/bgp-routers/cn1/cpu={model}", check=0)

# Sizes are the same every time; what is not reached of them is said.
sim = tflab("bench", "sim", "--only", "memory*", "-f", "json", check=None)
sizes = json.loads(sim.stdout)["cases"]
expect_equal(len(sizes), 2, "a route in an agent, with and without a far end of its own")
for row in sizes:
    expect(40 < row["ours"] < 320, f"{row['name']}: {row['ours']} octets")
expect_equal(sim.returncode, 0 if all(row["holds"] for row in sizes) else 1, "a goal that is missed is told")

# Every frame comes to the far end, or the bench fails; how fast is not said here.
netns = json.loads(tflab("bench", "netns", "--only", "vxlan out, 60*", "-f", "json", check=None).stdout)["cases"]
expect_equal([row["name"] for row in netns], ["vxlan out, 60 octets"], "the chosen row of bench netns")
expect(netns[0]["ours"] > 0 and netns[0]["reference"] > 0 and len(netns[0]["samples"]) == 5, f"both sides were measured: {netns[0]}")

# Open vSwitch is installed by those who want that bench; without it the machine lacks something.
def switches():
    return subprocess.run(["pgrep", "-f", "/run/tflab-ovs"], capture_output=True, text=True).stdout.split()


if pathlib.Path("/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk").exists():
    ovs = json.loads(tflab("bench", "ovs", "--only", "*10000 macs", "-f", "json", check=None).stdout)["cases"]
    expect_equal([row["name"] for row in ovs], ["evpn bridge + vxlan, 10000 macs"], "the chosen row of bench ovs")
    expect(ovs[0]["ours"] > 0 and ovs[0]["reference"] > 0 and len(ovs[0]["samples"]) == 5, f"both sides were measured: {ovs[0]}")
    running = subprocess.Popen([TFLAB, "bench", "ovs"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    latest = time.monotonic() + 30
    while not switches() and time.monotonic() < latest:
        time.sleep(0.05)
    expect(switches(), "Open vSwitch is there while it is measured")
    running.send_signal(signal.SIGINT)
    expect_equal(running.wait(timeout=60), 130, "Ctrl-C ends a bench beside Open vSwitch")
else:
    lacking = tflab("bench", "ovs", check=4)
    expect("openvswitch-switch-dpdk" in lacking.stderr, f"the package is named: {lacking.stderr}")
expect_equal(switches(), [], "no Open vSwitch of ours is left")

expect_equal(tflab("bench", "nothing").returncode, 2, "an unknown bench is a usage error")

running = subprocess.Popen([TFLAB, "bench", "control", "--only", "reflect-10*", "--progress", "none"], stdout=subprocess.DEVNULL)
time.sleep(4)
running.send_signal(signal.SIGINT)
expect_equal(running.wait(timeout=60), 130, "Ctrl-C ends a bench")
expect_equal(left_over(), before, "a bench leaves nothing")
