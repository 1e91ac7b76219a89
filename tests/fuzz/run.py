#!/usr/bin/env python3
"""Runs a fuzz target a fixed number of times from a fixed seed. run.py BINARY NAME RUNS

Seeds: seeds/NAME.hex (one input a line) or seeds/NAME.txt (inputs between lines of '---'), for scenarios
those we ship, and, when the folder TFLAB_CORPORA or ../shared/corpora is there, messages and stanzas of other people."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
corpora = pathlib.Path(os.environ.get("TFLAB_CORPORA", here.parents[2] / "shared/corpora"))
most = 400  # of other people's, so that reading them is not all the run does


def own(name):
    hexes, texts = here / f"seeds/{name}.hex", here / f"seeds/{name}.txt"
    if hexes.exists():
        yield from (bytes.fromhex(line) for line in hexes.read_text().splitlines() if line.strip())
    if texts.exists():
        yield from (part.encode() for part in texts.read_text().split("---\n"))
    if name == "bgp_truncation":
        yield from whole_messages()
    if name == "scenario":
        # Not those of thousands: reading one of them is a minute of work for this build.
        files = sorted((here.parents[1] / "scenarios").rglob("*.tflab.json"))
        yield from (file.read_bytes() for file in files if file.parent.name != "scale")


def records(pattern):
    for file in sorted(corpora.glob(pattern)):
        for line in file.open():
            yield json.loads(line)


def messages(kind=None):
    for each in records("bgp_msgs/*_messages.jsonl"):
        if kind in (None, each["type"]):
            yield bytes.fromhex(each["hex"])


header = 19


def foreign(name):
    if name == "bgp_session":
        yield from (b"\x13" + message for message in messages())
    elif name == "bgp_truncation":
        yield from messages()
    elif name == "bgp_update":
        for message in messages("UPDATE"):
            yield from (bytes([dialect]) + message[header:] for dialect in (0, 3))
    elif name == "bgp_open":
        yield from (message[header:] for message in messages("OPEN"))
    elif name == "xmpp_stream":
        for each in records("xmpp/*.jsonl"):
            text = each.get("stanza") or ""
            yield b"\xff" + text.encode("utf-8", "surrogatepass")
    elif name == "xml":
        for each in records("xmpp/*.jsonl"):
            yield (each.get("stanza") or "").encode("utf-8", "surrogatepass")
    elif name == "scenario":
        for file in sorted(corpora.glob("json_scenario/jsontestsuite/**/*.json")):
            yield file.read_bytes()


def whole_messages():
    for line in (here / "seeds/bgp_session.hex").read_text().split():
        yield bytes.fromhex(line)[1:]


def main():
    binary, name, runs = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        seeds = [seed for seed in own(name)]
        others = [seed for seed in foreign(name) if len(seed) <= 4096]
        seeds += others if runs == "0" else others[:: max(1, len(others) // most)]
        for i, seed in enumerate(seeds):
            pathlib.Path(folder, f"{i:05}").write_bytes(seed)
        command = [binary, folder, f"-runs={runs}", "-seed=1", "-max_len=4096", "-timeout=10",
                   "-rss_limit_mb=1024", "-print_final_stats=1", f"-artifact_prefix={folder}/"]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        tail = done.stderr.splitlines()
        print(f"{name}: {len(seeds)} seeds,", *[line for line in tail if "exec" in line and "stat" in line])
        if done.returncode == 0:
            return 0
        print("\n".join(tail[-60:]))
        for file in sorted(pathlib.Path(folder).glob("*-*")):
            print(file.name, file.read_bytes().hex())
        return 1


sys.exit(main())
