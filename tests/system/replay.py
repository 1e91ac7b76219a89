#!/usr/bin/python3
"""Cases of the forwarding core hold and are what their generator writes; a recorded run is played
again octet by octet; tshark counts the same BGP messages in a run's capture."""
import collections, filecmp, shutil, tempfile
from lab import *

CASES = ROOT / "pcap-replay" / "cases"

done = json.loads(tflab("replay", CASES, "-f", "json", check=0).stdout)
expect(done["cases"] >= 150 and done["failed"] == 0, f"all cases hold: {done['cases']}")
print(f"{done['cases']} cases, {done['packets']} packets and {done['counters']} counters compared")

with tempfile.TemporaryDirectory() as folder:
    made = pathlib.Path(folder) / "cases"
    made.mkdir()
    subprocess.run(["python3", CASES / "generate.py", made], check=True, stdout=subprocess.DEVNULL)
    for file in sorted(p for p in made.rglob("*") if p.is_file()):
        committed = CASES / file.relative_to(made)
        expect(committed.is_file() and filecmp.cmp(file, committed, shallow=False), f"{committed} is what generate.py writes")

    # A case that is broken on purpose is told by its field; --update takes what came.
    shutil.copytree(made / "ttl", made / "x" / "ttl")
    shutil.copy(made / "compute-node.json", made / "x")
    case = made / "x" / "ttl" / "ip4-2"
    (case / "expect.pcapng").write_bytes((made / "x" / "ttl" / "ip4-255" / "expect.pcapng").read_bytes())
    wrong = tflab("replay", made / "x", check=1).stdout
    expect("ip4.ttl is 1, wanted 254" in wrong, "the field that differs is named: " + wrong)
    tflab("replay", made / "x", "--update", check=0)
    tflab("replay", made / "x", check=0)
    tflab("replay", made / "arp" / "padded" / "in.pcapng", check=0)
    for bad in ("nowhere", made / "compute-node.json"):
        expect(tflab("replay", bad).returncode in (2, 4), f"{bad} is refused")

    # A run is recorded and played again.
    result = run(ROOT / "scenarios" / "smoke" / "two-computes.tflab.json", "--on", "sim", "--record", "--results", folder)
    recordings = sorted(pathlib.Path(folder).rglob("*.events.jsonl"))
    expect(len(recordings) >= 4, f"every node is recorded: {recordings}")
    for report in json.loads(tflab("replay", *recordings, "-f", "json", check=0).stdout):
        expect(report["same"] and report["outputs"] > 10, f"{report['node']} says the same again")
        print(f"{report['node']}: {report['inputs']} inputs, {report['outputs']} outputs, {report['octets']} octets the same")
    control = next(r for r in recordings if "cn1" in r.name)
    text = control.read_text()
    (control.parent / "cut.jsonl").write_text(text[: len(text) // 2])
    expect("cut off" in tflab("replay", control.parent / "cut.jsonl", check=2).stdout, "a recording cut off is damaged")
    at = text.index('"out":"write"')
    data = text.index('"data":"', at) + 8
    (control.parent / "changed.jsonl").write_text(text[: data + 40] + "0123" + text[data + 44 :])
    expect("from octet 20 on" in tflab("replay", control.parent / "changed.jsonl", check=1).stdout, "a difference is told with its octet")

    # A case is made of a run's recording and a capture.
    compute = next(r for r in recordings if "compute1" in r.name)
    case = pathlib.Path(folder) / "recorded"
    tflab("record", case, "--tables", compute, "--capture", made / "arp" / "padded" / "in.pcapng", check=0)
    tflab("replay", case, check=0)
    expect(tflab("record", case, "--tables", compute, "--capture", made / "arp" / "padded" / "in.pcapng").returncode == 2, "a case is not written over")

    # tshark counts the messages of a run as we do.
    scenario = json.loads((ROOT / "scenarios" / "smoke" / "two-computes.tflab.json").read_text())
    scenario.setdefault("outputs", {})["captures"] = {"control": {"on": "bgp-router:cn1/eth0", "filter": "tcp"}}
    (pathlib.Path(folder) / "captured.tflab.json").write_text(json.dumps(scenario))
    run(pathlib.Path(folder) / "captured.tflab.json", "--on", "sim", "--results", folder)
    capture = next(pathlib.Path(folder).rglob("control.pcap"))
    heard = json.loads(tflab("replay", capture, "-f", "json", check=0).stdout)[0]
    expect_equal(heard["faults"], 0, "nothing our own nodes say is a fault")
    expect(any(c["language"] == "XMPP" and c["ends"][0]["messages"].get("iq") for c in heard["conversations"]), "XMPP is heard")
    if shutil.which("tshark"):
        fields = subprocess.run(["tshark", "-r", capture, "-Y", "bgp", "-T", "fields", "-e", "bgp.type"], capture_output=True, text=True).stdout
        names = {"1": "OPEN", "2": "UPDATE", "3": "NOTIFICATION", "4": "KEEPALIVE", "5": "ROUTE-REFRESH"}
        theirs = collections.Counter(names[t] for t in fields.replace(",", " ").split())
        ours = {name: count for name, count in heard["messages"].items() if name in names.values()}
        expect_equal(ours, dict(theirs), "tshark counts the same BGP messages")
        print("tshark agrees:", ours)
