#!/usr/bin/python3
"""The README's first command does what it says: both hosts, every expectation, equal tables."""
import pathlib, tempfile
from lab import *

need_root()
before = ours()
with tempfile.TemporaryDirectory() as results:
    result = run(TWO_NODES, "--results", results)
    expect_equal(result["hosts"], ["sim", "netns"], "both hosts ran")
    expect_equal(result["expectations"]["failed"], 0, "no expectation failed")
    expect_equal(result["expectations"]["skipped"], 1, "only the comparison on its own reference host is skipped")
    expect(result["expectations"]["passed"] == 27, "every expectation was judged on both hosts")
    expect_equal(result["hosts_agree"], True, "the hosts agree")
    folder = pathlib.Path(results) / "two-node-k8s" / "latest"
    for name in ("run.json", "scenario.json", "events.jsonl", "expect.json", "junit.xml", "metrics.csv", "report.html", "graph.dot"):
        expect((folder / name).stat().st_size > 0, f"{name} was written")
    for host in ("sim", "netns"):
        expect(len(list((folder / "tables" / host).glob("*.xml"))) == 2, f"tables of both nodes on {host}")
        expect((folder / "pcap" / host / "uplink.pcap").stat().st_size > 24, f"a capture on {host}")
    shown = tflab("show", "route", "summary", "--run", folder, check=0).stdout
    expect("k8s-default-pod-network.inet.0" in shown, "show reads a finished run")
expect_equal(ours(), before, "nothing of the run is left on the machine")
