#!/usr/bin/python3
"""Flows on both hosts: security groups, policies with protocols, floating IPs, a service with several backends."""
import tempfile
from lab import *

need_root()
with tempfile.TemporaryDirectory() as results:
    for name in ("security-group", "network-policy", "floating-ip", "ecmp-service"):
        result = run(ROOT / "scenarios" / "features" / f"{name}.tflab.json", "--results", results)
        expect_equal(result["expectations"]["failed"], 0, f"{name}: no expectation failed")
        expect_equal(result["hosts_agree"], True, f"{name}: the hosts agree")
