#!/usr/bin/python3
"""Malformed scenarios: exit 2 with file, line, column and the cure, and nothing is created."""
import pathlib, re, tempfile
from lab import *

GOOD = pathlib.Path(TWO_NODES).read_text()
# What is done to the good file, and what the message must name.
CASES = [
    ('"seed": 1', '"seeed": 1', r'unknown key "seeed".*did you mean "seed"'),
    ('"seed": 1', '"seed": 1, "seed": 2', r'duplicate key "seed"|"seed" .*(twice|again|duplicate)'),
    ('"seed": 1', '"seed": "one"', r"seed"),
    ('"until": "600s"', '"until": 600', r"until"),
    ('"172.31.41.236", "mac"', '"172.31.41.2366", "mac"', r"172\.31\.41\.2366"),
    ('"dst": "default-domain:default-project:ip-fabric"', '"dst": "default-domain:default-project:ip-fabrik"', r"ip-fabrik"),
    ('"do": "ping", "from": "cirros-cr9dd", "to": "172.31.14.47"', '"do": "pong", "from": "cirros-cr9dd", "to": "172.31.14.47"', r"pong"),
    ('"after": "pods", "delay"', '"after": "podz", "delay"', r"podz"),
    ('"instance-ip": "10.47.255.250"', '"instance-ip": "192.168.0.1"', r"192\.168\.0\.1"),
    ('"tflab": 1', '"tflab": 2', r"tflab"),
    ('{\n  "$schema"', '{{\n  "$schema"', r""),
    ('"control-nodes": ["ip-172-31-14-47"]', '"control-nodes": ["nobody"]', r"nobody"),
]

before = ours()
with tempfile.TemporaryDirectory() as folder:
    bad = pathlib.Path(folder) / "bad.tflab.json"
    for old, new, wanted in CASES:
        expect(old in GOOD, f"the example still has {old!r}")
        bad.write_text(GOOD.replace(old, new, 1))
        for verb in (["lint"], ["run", "--results", folder + "/results"], ["deploy"]):
            done = tflab(*verb, bad)
            what = f"{verb[0]} of a file with {new!r}"
            expect_equal(done.returncode, 2, what + "\n" + done.stdout + done.stderr)
            expect(re.search(r"bad\.tflab\.json:\d+:\d+: ", done.stderr), what + ": line and column\n" + done.stderr)
            expect(re.search(wanted, done.stderr, re.S), what + ": names the fault\n" + done.stderr)
    expect(not (pathlib.Path(folder) / "results").exists(), "no results for a file that was refused")
    done = tflab("run", folder + "/nowhere.json")
    expect_equal(done.returncode, 2, "a file that is not there")
    expect("nowhere.json" in done.stderr, "names the file that is not there")

    # More than any machine has: each of 20,000 vRouters learns the port of every other.
    huge = pathlib.Path(folder) / "huge.tflab.json"
    huge.write_text(json.dumps({
        "tflab": 1, "name": "huge", "bgp-routers": {"cn": {"router-type": "control-node", "address": "10.0.0.1"}},
        "generate": {"v": {"kind": "virtual-router", "count": 20000, "name": "v-{i}", "address-pool": "10.1.0.0/16"},
                     "m": {"kind": "virtual-machine", "per": "virtual-router:*", "name": "m-{per}", "template": {"interfaces": {"eth0": {"virtual-network": "all"}}}}},
        "virtual-networks": {"all": {"subnets": ["10.64.0.0/12"], "forwarding-mode": "l3"}}}))
    for verb in (["lint"], ["run", "--results", folder + "/results"]):
        done = tflab(*verb, huge)
        expect_equal(done.returncode, 4, f"{verb[0]} of what fits no memory\n{done.stderr}")
        expect(re.search(r"takes about \d+\.\d GiB of memory, and \d+\.\d GiB are available", done.stderr), "the estimate is told: " + done.stderr)
    expect(not (pathlib.Path(folder) / "results").exists(), "nothing was begun")

    # Results without room.
    if os.geteuid() == 0:
        small = pathlib.Path(folder) / "small"
        small.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], check=True)
        try:
            done = tflab("run", TWO_NODES, "--on", "sim", "--results", small / "results")
        finally:
            subprocess.run(["umount", small], check=True)
        expect_equal(done.returncode, 4, "a run without room for its results\n" + done.stderr)
        expect("too little room" in done.stderr and str(small) in done.stderr, "and where: " + done.stderr)
expect_equal(ours(), before, "nothing was created")
