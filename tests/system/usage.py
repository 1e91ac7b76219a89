#!/usr/bin/python3
"""Programs of a lab that are called without what they need say what that is, and end with 2."""
from lab import *

BIN = pathlib.Path(TFLAB).resolve().parent
CALLS = [["tflab-control"], ["tflab-vrouter"], ["tflab-gobgp"], ["tflab-echo"], ["tflab-echo", "--udp", "0"], ["tflab-guest"], ["tflab-kbench"],
         ["tflab-kbench", "3"], ["tflab-kbench", "3", "many"], ["tflab-kbench", "0", "1"]]

for name, *words in CALLS:
    done = subprocess.run([BIN / name, *words], capture_output=True, text=True, timeout=10)
    expect_equal(done.returncode, 2, f"exit code of {name} {words}: {done.stderr}")
    expect(re.search(f"usage: {name}|is required", done.stderr), f"{name} {words} says what it needs: {done.stderr}")
