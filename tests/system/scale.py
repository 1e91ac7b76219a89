#!/usr/bin/python3
"""Scenarios of scenarios/scale at a hundredth of their size: every expectation holds, the digest repeats, what-if prints its table."""
import tempfile
from lab import *

SCALE = ROOT / "scenarios" / "scale"
SMALL = {"vrouters": 30, "last": "0030", "controls": 6, "stopped": 3, "networks": 8, "ports-per-vrouter": 3, "sessions": 60, "bgp-ends": 30, "active-least": 2,
         "before-least": 10, "before-most": 10, "after-least": 20, "after-most": 20}


def sets(values, flag="--set"):
    return [word for name, value in values.items() for word in (flag, f"/vars/{name}={json.dumps(value)}")]


with tempfile.TemporaryDirectory() as results:
    primer = SCALE / "primer-980x15.tflab.json"
    message = run(primer, *sets(SMALL), "--results", results)
    expect_equal(message["expectations"]["failed"], 0, "30 vRouters on 6 control nodes, message by message")
    again = run(primer, *sets(SMALL), "--results", results)
    expect_equal(again["digest"], message["digest"], "the digest repeats")
    tcp = run(primer, *sets(SMALL), "--fidelity", "tcp", "--results", results)
    expect_equal(tcp["expectations"]["failed"], 0, "the same over TCP")
    expect_equal(tcp["summary"]["routes-per-vrouter"], message["summary"]["routes-per-vrouter"], "and the same number of routes")
