#!/usr/bin/python3
"""Two control nodes go and come back: failover, headless forwarding, resync, the same on both hosts."""
import tempfile
from lab import *

need_root()
with tempfile.TemporaryDirectory() as results:
    result = run(ROOT / "scenarios" / "features" / "headless-and-failover.tflab.json", "--results", results)
    expect_equal(result["expectations"]["failed"], 0, "no expectation failed")
    expect_equal(result["hosts_agree"], True, "the hosts agree")
