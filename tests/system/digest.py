#!/usr/bin/python3
"""A simulated run is a function of scenario and seed: the digest repeats (N01), in other builds (N02) and whatever else is different (N04); and it is not a constant."""
import tempfile
from lab import *

SMOKE = str(ROOT / "scenarios" / "smoke" / "two-computes.tflab.json")

with tempfile.TemporaryDirectory() as results:
    def digest(*words, scenario=TWO_NODES, **more):
        return run(scenario, "--on", "sim", "--results", results, *words, **more)["digest"]["sim"]
    first = digest()
    expect_equal(digest(), first, "same seed, same digest")
    slower = digest("--set", "/underlay/defaults/delay=\"300us\"")
    expect(slower != first, "another delay gives another digest")

    elsewhere = os.environ | {"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "HOME": results, "COLUMNS": "40"}
    expect_equal(digest(env=elsewhere, cwd=results), first, "time zone, locale, folder and environment mean nothing")
    one = min(os.sched_getaffinity(0))
    expect_equal(digest(preexec_fn=lambda: os.sched_setaffinity(0, {one})), first, "nor does the number of processors")

    golden = dict(line.split() for line in (ROOT / "tests" / "golden" / "two-computes.digest").read_text().splitlines())
    for fidelity, wanted in golden.items():
        expect_equal(digest("--set", f"/run/fidelity=\"{fidelity}\"", scenario=SMOKE), wanted, f"{fidelity}: the digest of the debug build (unit/sim)")
