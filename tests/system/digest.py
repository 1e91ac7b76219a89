#!/usr/bin/python3
"""A simulated run is a function of scenario and seed: the digest repeats, and it is not a constant."""
import tempfile
from lab import *

with tempfile.TemporaryDirectory() as results:
    def digest(*words):
        return run(TWO_NODES, "--on", "sim", "--results", results, *words)["digest"]["sim"]
    first = digest()
    expect_equal(digest(), first, "same seed, same digest")
    slower = digest("--set", "/underlay/defaults/delay=\"300us\"")
    expect(slower != first, "another delay gives another digest")
