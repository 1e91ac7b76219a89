#!/usr/bin/python3
"""A vRouter of a standing lab writes a case of what it forwards; the case holds, and can fail."""
import tempfile
from lab import *

need_root()
SCENARIO = ROOT / "scenarios" / "smoke" / "two-computes.tflab.json"
LAB = "recorded-lab"
before = ours()

with tempfile.TemporaryDirectory() as folder:
    case = pathlib.Path(folder) / "case"
    record = lambda *words, **more: tflab("record", case, "--lab", LAB, *words, **more)
    tflab("deploy", SCENARIO, "--name", LAB, check=0)
    pinging = None
    try:
        # Until it is answered: then routes, neighbours and everything else has been found.
        tflab("exec", "--lab", LAB, "vm1", "--", "ping", "-q", "-c", "1", "-w", "60", "10.1.0.4", check=0)
        pinging = subprocess.Popen([TFLAB, "exec", "--lab", LAB, "vm1", "--", "ping", "-q", "-i", "0.1", "10.1.0.4"], stdout=subprocess.DEVNULL)
        print(record("--node", "compute1", "--for", "4s", check=0).stdout.strip())
        expect(record("--node", "compute1").returncode == 2, "a case is not written over")
        other = pathlib.Path(folder) / "other"
        expect(tflab("record", other, "--lab", LAB, "--node", "cn1").returncode != 0 and not other.exists(), "a control node forwards nothing")
        expect(tflab("record", other, "--lab", LAB, "--node", "nobody").returncode != 0 and not other.exists(), "a node that is not there")
        expect(tflab("record", other).returncode == 2, "nothing to record from")
    finally:
        if pinging:
            pinging.kill()  # on SIGTERM it waits for its command
            pinging.wait()
        tflab("destroy", LAB, check=0)

    played = json.loads(tflab("replay", case, "-f", "json", check=0).stdout)
    expect(played["cases"] == 1 and played["packets"] >= 20 and played["failed"] == 0, f"the case holds: {played}")
    counters = json.loads((case / "counters.json").read_text())
    expect(counters.get("vif3.rx_packets", 0) >= 10 and counters.get("vif0.tx_packets", 0) >= 10, f"the machine's pings are in it: {counters}")
    counters["vif0.tx_packets"] += 1
    (case / "counters.json").write_text(json.dumps(counters))
    tflab("replay", case, check=1)

expect_equal(ours(), before, "nothing is left")
