#!/usr/bin/python3
"""Ctrl-C in the middle of a namespace run: exit 130 and nothing left; kill -9 and then clean: the same."""
import os, signal, subprocess, tempfile, time
from lab import *

need_root()
before = ours()


def start(results):
    return subprocess.Popen([TFLAB, "run", TWO_NODES, "--on", "netns", "--progress", "none", "--results", results],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def wait_until_something_stands(process):
    deadline = time.monotonic() + 30
    while ours() == before and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)


with tempfile.TemporaryDirectory() as results:
    for delay in (0, 0.3, 1.5):
        process = start(results)
        wait_until_something_stands(process)
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        expect_equal(process.returncode, 130, f"exit code after Ctrl-C {delay} s into it")
        expect_equal(ours(), before, f"nothing left after Ctrl-C {delay} s into it")
    for delay in (0, 0.1, 0.5, 2):
        process = start(results)
        wait_until_something_stands(process)
        time.sleep(delay)
        process.kill()
        process.communicate(timeout=60)
        tflab("clean", check=0)
        expect_equal(ours(), before, f"nothing left after kill -9 {delay} s into it, and clean")

# What a process left that was killed before it could mark its first namespace; another one's is not touched.
dead, alive = "tflab-trial-4194304", f"tflab-trial-{os.getpid()}"  # no process has a number so high
for name in (dead, alive):
    subprocess.run(["ip", "netns", "add", name], check=True)
try:
    tflab("clean", check=0)
    expect_equal(ours(), before | {"netns " + alive}, "a dead trial is cleaned away and a living one is not")
finally:
    for name in (dead, alive):
        subprocess.run(["ip", "netns", "del", name], capture_output=True)
