#!/usr/bin/python3
"""docs/route-reflector.md: its commands, as they stand there, hold sessions with gobgpd, FRR and BIRD. Then a reload
that flaps nobody who did not change, a broken file, and a goodbye."""
import re
from speakers import *

alone("gobgpd", "gobgp", "bgpd", "vtysh", "bird", "birdc", "tcpdump", "tshark", "curl")
TEXT = (ROOT / "docs" / "route-reflector.md").read_text()
setup, look = [block.splitlines() for block in re.findall(r"```\n(.*?)```", TEXT.split("## Try it")[1], re.S)]


def shell(line):
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, text=True)
    expect(done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}")
    return done.stdout


expect(setup[0].startswith("sudo unshare") and setup[1].startswith("mount -t tmpfs none /run"), "alone() did the first two lines")
with World(addresses=False) as world:
    for line in setup[2:]:
        if line.endswith(" &"):
            line = line.removesuffix(" &").replace("$PWD", str(ROOT)).replace("build/release/bin/tflab-control", CONTROL)
            if "tflab-control" in line:
                config = world.write("reflector.json", EXAMPLE.read_text())
                reflector = Reflector(world, config)
            else:
                world.start(*line.split(), cwd=ROOT)
                time.sleep(1)
        else:
            shell(line)
    speakers = ("172.16.0.2", "172.16.0.3", "172.16.0.4")
    until(lambda: reflector.up(*speakers), "gobgpd, FRR and BIRD are up")
    shell(look[0])
    for line in look[1:3]:
        until(lambda: "10.1.35.0/24" in shell(line), line + " shows the route")
    for address in speakers:
        expect(address in shell(look[3]), address + " is on the page")

    # What cannot be is said, with the exit code of the documentation.
    for words, code, says in (([], 2, "--config"), (["--config", "no-such-file"], 2, "no-such-file"), (["--config", config, "--node", "other"], 2, "reflector; none is called"),
                              (["--config", ROOT / "scenarios" / "smoke" / "two-computes.tflab.json"], 2, "say which with --node"), (["--config", config], 4, "ddress already in use")):
        done = subprocess.run([CONTROL, *map(str, words)], capture_output=True, text=True, timeout=20)
        expect(done.returncode == code and says in done.stderr + done.stdout, f"{words}: exit {done.returncode}, wanted {code}: {done.stderr}")

    # A reload: the terms of one address change; only that one flaps.
    before = reflector.neighbors()
    document = json.loads(EXAMPLE.read_text())
    ranges = document["bgp-routers"]["reflector"]["dynamic-neighbors"]
    ranges["172.16.0.4/32"] = {"route-reflector-client": True, "hold-time": 30}
    world.write("reflector.json", json.dumps(document))
    reflector.reload()
    until(lambda: not reflector.up("172.16.0.4"), "the changed peer is told to go")
    until(lambda: reflector.up(*speakers), "and comes back")
    after = reflector.neighbors()
    for address in speakers[:2]:
        expect(after[address] == before[address] == ("Established", 0), f"{address} did not notice: {after}")

    # A broken file changes nothing.
    world.write("reflector.json", '{"tflab": 1, "name": "x", "bgp-routers": {"reflector": {"router-type": "control-node", "adress": 1}}}')
    reflector.reload()
    time.sleep(2)
    expect(reflector.neighbors() == after, "a broken file changes nothing")
    told = reflector.log()
    expect('reflector.json:1:' in told and 'did you mean "address"' in told, "and is named: " + told)
    reflector.stop()
    until(lambda: "Cease" in shell("vtysh --vty_socket /run/frr -c 'show bgp neighbors 172.16.0.1'"), "FRR was told Cease")
    world.check_capture()
