#!/usr/bin/python3
"""Every scenario of scenarios/features on sim and netns, two that list it on kernel, too: what is to hold holds, and the hosts agree."""
import concurrent.futures, tempfile
from lab import *

need_root()
FEATURES = sorted((ROOT / "scenarios" / "features").glob("*.tflab.json"))
# The longest first. Those of route-target filtering want a daemon of somebody else: rt_filter.py.
SCENARIOS = [file for file in FEATURES if file.name.startswith("headless")] + [ROOT / "scenarios" / "smoke" / "two-computes.tflab.json"]
SCENARIOS += [file for file in FEATURES if not file.name.startswith(("headless", "rt-filter"))]

before = ours()
with tempfile.TemporaryDirectory() as results:
    # Labs keep to real time, so much of it is waiting: three at once.
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        all_of_them = list(pool.map(lambda file: run(file, "--on", "sim,netns", "--results", results, timeout=250), SCENARIOS))
    for file, result in zip(SCENARIOS, all_of_them):
        expect_equal(result["expectations"]["failed"], 0, f"{file.name}: no expectation failed")
        expect_equal(result["hosts_agree"], True, f"{file.name}: the hosts agree")
    narrow = run(ROOT / "scenarios" / "features" / "asic-tables.tflab.json", "--on", "sim", "--set", "/physical-routers/mx1/table-limits/tunnels=1", "--results", results, check=1)
    failed = {each["id"]: each["got"] for each in narrow["expectations"]["list"] if each["verdict"] == "failed"}
    full = "mx1 needs room for 2 tunnels, its hardware has it for 1: 1 would not be programmed"
    expect_equal(failed, {"fits": full, "fits-again": full}, "a tunnel less, and exactly what looks at the tables fails")
    # VMs want a core each: one scenario at a time. The others take as long and were run by hand (docs/kernel-lab.md).
    for name in ("allowed-address-pairs", "vxlan"):
        file = ROOT / "scenarios" / "features" / f"{name}.tflab.json"
        done = tflab("run", file, "--on", "sim,kernel", "--results", results, "-f", "json", "--progress", "none", timeout=250)
        if done.returncode == 4:
            print(f"no VMs here: {done.stderr}")
            break
        result = json.loads(done.stdout)
        expect_equal([result["expectations"]["failed"], result["hosts_agree"]], [0, True], f"{name} on kernel")
expect_equal(ours(), before, "nothing of ours is left")
