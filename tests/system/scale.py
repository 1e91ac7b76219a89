#!/usr/bin/python3
"""Scenarios of scenarios/scale at a hundredth of their size: every expectation holds, the digest repeats, what-if tells what filtering saves."""
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

    cloud = {"vrouters": 12, "last": "0012", "controls": 4, "tenants": 30, "ports-per-vrouter": 2, "sessions": 24, "bgp-ends": 20, "over": "5s"}
    off = '/global-system-config/route-target-filtering="off"'
    answer = tflab("what-if", SCALE / "cloud-5000.tflab.json", *sets(cloud, "--both"), "--set", off, "--results", results, "-f", "json")
    expect_equal(answer.returncode, 0, "what-if: exit code")
    rows = {row["what"]: row for row in json.loads(answer.stdout)}
    expect_equal(rows["expectations failed"]["as it would be"], "0", "nothing fails without filtering")
    page = re.search(r"report in (\S+)", answer.stderr)
    expect(page is not None, f"what-if says where its report is: {answer.stderr}")
    html = pathlib.Path(page[1]).read_text()
    expect("as it would be: " in html and "as it is: " in html and html.count("<svg") >= 3, "what-if's report draws both runs")
    held = rows["prefixes-per-speaker, mean"]
    expect(float(held["as it is"]) < float(held["as it would be"]), f"control nodes hold less with filtering: {held}")
    expect_equal(rows["routes-per-vrouter, mean"]["ratio"], "1.00", "and vRouters the same")

    bridged = {"members": 12, "others": 2, "sessions": 28, "ports": 12, "mean": 5.6, "last": "0012", "over": "30s"}
    flood = run(SCALE / "primer-2140x5-flood.tflab.json", *sets(bridged), "--results", results)
    expect_equal(flood["expectations"]["failed"], 0, "a broadcast to twelve members, one copy each")

    idle = run(SCALE / "idle.tflab.json", "--set", "/vars/vrouters=40", "--results", results)
    expect_equal(idle["expectations"]["failed"], 0, "vRouters without machines")

    growth = run(SCALE / "growth.tflab.json", "--set", "/vars/vrouters=20", "--results", results)
    expect_equal(growth["expectations"]["failed"], 0, "twenty vRouters and as many networks")
    latest = pathlib.Path(results) / "growth" / "latest" / "tables"
    expect(latest.exists(), "a run of 20 vRouters with 80 machines keeps its tables")
    run(SCALE / "growth.tflab.json", "--set", "/vars/vrouters=120", "--results", results)
    expect(not latest.exists(), "one of 120 with 480 does not")

    quiet = run(SCALE / "cloud-5000.tflab.json", *sets(cloud), "--set", "/global-vrouter-config/vhost0-in-ip-fabric=false", "--results", results)
    expect_equal(quiet["expectations"]["failed"], 0, "vRouters that do not announce their own addresses")
    less = float(held["as it is"]) - quiet["summary"]["prefixes-per-speaker"]["mean"]
    expect(7.9 < less < 8.1, f"12 prefixes less for 4 control nodes, none for 2 routers: {less}")

    internet = {"vrouters": 40, "controls": 8, "networks": 30, "over": "5s", "of-each-border": 50, "of-both": 100, "prefixes": 140, "few": 40}
    wide = run(SCALE / "internet-100k.tflab.json", *sets(internet), "--results", results)
    expect_equal(wide["expectations"]["failed"], 0, "control nodes that meet behind two reflectors only")

    reflected = {**cloud, "controls": 15, "bgp-ends": 30}
    behind = run(SCALE / "cloud-5000.tflab.json", "--overlay", SCALE / "cloud-reflectors.json", *sets(reflected), "--results", results)
    expect_equal(behind["expectations"]["failed"], 0, "the cloud behind two reflectors")

    busy = run(SCALE / "how-many-control-nodes.tflab.json", "--set", "/vars/vrouters=20", "--set", "/vars/sessions=40", "--set", "/vars/controls=2", "--results", results)
    expect_equal(busy["expectations"]["failed"], 0, "control nodes whose messages take time")
    expect(busy["summary"]["busy-time"]["mean"] > 0.5, f"and that is counted: {busy['summary']}")

    study = ("sweep", SCALE / "cloud-5000.tflab.json", *sets(cloud), "--vary", "/vars/tenants=10,30", "--seeds", "2", "--results", results, "-f", "csv")
    first, second = tflab(*study, check=0), tflab(*study, check=0)
    expect("4 runs, 0 of them done before" in first.stderr, first.stderr)
    expect(re.search(r"4 runs took \S+ s of processor time in \S+ s, \d+ at a time: processors \d+ % busy", first.stderr), first.stderr)
    expect("processors" not in second.stderr, second.stderr)
    expect("4 runs, 4 of them done before" in second.stderr, second.stderr)
    expect_equal(second.stdout, first.stdout, "what is kept is what was found")
