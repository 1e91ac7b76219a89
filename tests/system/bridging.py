#!/usr/bin/python3
"""Networks of layer 2 on both hosts: machines find each other by broadcast, over trees and over VXLAN."""
import tempfile
from lab import *

need_root()
with tempfile.TemporaryDirectory() as results:
    for name in ("evpn-l2", "bum-tree"):
        result = run(ROOT / "scenarios" / "features" / f"{name}.tflab.json", "--results", results)
        expect_equal(result["expectations"]["failed"], 0, f"{name}: no expectation failed")
        expect_equal(result["hosts_agree"], True, f"{name}: the hosts agree")
