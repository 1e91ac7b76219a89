#!/usr/bin/python3
"""Route-target filtering, scenario by scenario: who holds which route and who must not, on sim with our own router and on
netns with gobgpd, the same on both; and that the scenario with filtering off fails with it on, where it should."""
import concurrent.futures, shutil, tempfile
from lab import *

need_root()
if not shutil.which("gobgpd"):
    print("skipped: gobgpd is not installed")
    sys.exit(SKIPPED)

FEATURES = ROOT / "scenarios" / "features"
before = ours()
with tempfile.TemporaryDirectory() as results:
    names = ("mesh", "reflector", "ebgp-router", "default-target", "overlapping", "swap", "off-against-on")
    # Labs with gobgpd keep to real time, so most of it is waiting: four at once.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        all_of_them = list(pool.map(lambda name: run(FEATURES / f"rt-filter-{name}.tflab.json", "--results", results, timeout=250), names))
    for name, result in zip(names, all_of_them):
        expect_equal(result["expectations"]["failed"], 0, f"{name}: no expectation failed")
        expect_equal(result["hosts_agree"], True, f"{name}: the hosts agree")
    on = run(FEATURES / "rt-filter-off-against-on.tflab.json", "--on", "sim", "--set", '/global-system-config/route-target-filtering="rfc4684"', "--results", results, check=1)
    failed = {each["id"] for each in on["expectations"]["list"] if each["verdict"] == "failed"}
    expect_equal(failed, {"all-cn1-blue", "all-cn2-red", "all-cn1-count", "all-cn2-count", "all-mx1-count", "nobody-asked"}, "filtered, exactly these expectations of the unfiltered lab fail")
expect_equal(ours(), before, "nothing of ours is left")
