#!/usr/bin/python3
"""The kernel host: both two-node scenarios and routers that Linux plays in VMs, docs/kernel-lab.md as it stands, and what happens when things go wrong: VMs
that are killed or do not boot, a tflab that is killed, packages that are not there."""
import os, pathlib, random, re, shlex, signal, subprocess, sys, tempfile, time
from lab import *

need_root()
TWO_COMPUTES = str(ROOT / "scenarios" / "two-node-kernel.tflab.json")
IMAGE = pathlib.Path(os.environ.get("TFLAB_VM_DIR") or pathlib.Path(TFLAB).resolve().parents[1] / "vm")
if not (IMAGE / "vmlinux").exists():
    print(f"skipped: there is no {IMAGE}/vmlinux to boot; ./tflab test says when it cannot make one")
    sys.exit(SKIPPED)
before = ours()


def start(results, words):
    return subprocess.Popen([TFLAB, "run", TWO_COMPUTES, *words, "--progress", "none", "--results", results],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)


def vms():
    return [int(thing.split()[1]) for thing in ours() - before if thing.startswith("process") and is_vm(int(thing.split()[1]))]


def wait_until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    expect(true(), "what was waited for has come")


def quiet_kernels(run_folder):
    """Row L12: no kernel has warned or found a bug, and all that taints it is a module from outside that nobody signed."""
    folders = sorted((pathlib.Path(run_folder) / "vms").iterdir())
    expect(folders, "the VMs' words are collected")
    for folder in folders:
        dmesg = (folder / "dmesg").read_text()
        expect("Linux version" in dmesg and (folder / "console").exists(), f"{folder.name} has told what its kernel said")
        expect_equal(int((folder / "tainted").read_text()), 1 << 12 | 1 << 13, f"taint of the kernel of {folder.name}")
        bad = [line for line in dmesg.splitlines() if re.search(r"WARNING|BUG|Oops|Call Trace|stall", line)]
        expect_equal(bad, [], f"complaints of the kernel of {folder.name}")


def docs(results):
    text = (ROOT / "docs" / "kernel-lab.md").read_text()
    commands = [line.split("  #")[0] for kind, block in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S) if not kind for line in block.splitlines()]
    expect(len(commands) > 4, "the page has commands")
    for command in commands:
        words = shlex.split(command.replace("results/", results + "/"))
        if words[0] == "./tflab":
            words[0] = TFLAB
        done = subprocess.run(words, capture_output=True, text=True, timeout=240, cwd=ROOT, env={**os.environ, "TFLAB_RESULTS": results})
        if done.returncode == 4 and "kernel" in command:
            print(f"skipped: VMs do not run here: {done.stderr}")
            sys.exit(SKIPPED)
        expect_equal(done.returncode, 0, f"exit code of: {command}\n{done.stdout}{done.stderr}")
        expect(done.stdout, f"an answer to: {command}")
    for scenario in ("two-node-k8s", "two-node-kernel", "linux-router", "router-vxlan"):
        quiet_kernels(pathlib.Path(results) / scenario / "latest")
    record = json.loads((pathlib.Path(results) / "two-node-kernel" / "latest" / "run.json").read_text())
    expect_equal(record["hosts_agree"], True, "sim, netns and kernel agree")
    expect_equal(record["hosts"], ["sim", "netns", "kernel"], "hosts of the run")
    alone = json.loads((pathlib.Path(results) / "two-node-k8s" / "latest" / "run.json").read_text())
    expect(alone["wall_s"] < 90, f"from command to verdict in less than 90 s on a busy machine: {alone['wall_s']}")
    expect(record["boot"]["vms"] == 2 and 0.1 < record["boot"]["ready_s"] < 60, f"it says how long two VMs took: {record['boot']}")


def dissect(file, wanted, *fields):
    checks = [word for name in ("ip", "udp") for word in ("-o", f"{name}.check_checksum:TRUE")]
    done = subprocess.run(["tshark", "-nr", file, *checks, "-Y", wanted, "-T", "fields", *[word for field in fields for word in ("-e", field)]],
                          capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def nothing_wrong(file):
    expect_equal(dissect(file, "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || icmp.checksum.status == 0", "frame.number"),
                 [], "what tshark complains about")


def labels_of_linux(results):
    """Ours puts on what Linux's routers gave (16 and 17), Linux what our vRouter gave, in both encapsulations; tshark has nothing to complain about."""
    file = pathlib.Path(results) / "linux-router" / "latest" / "pcap" / "kernel" / "uplink.pcap"
    record = json.loads((file.parents[2] / "run.json").read_text())
    expect_equal(record["hosts_agree"], True, "sim and kernel agree about routers that Linux plays")

    seen = {}
    for tunnel in ("udp", "gre"):
        for sources, targets, label in dissect(file, f"mpls && icmp && {tunnel}", "ip.src", "ip.dst", "mpls.label"):
            seen.setdefault((tunnel, sources.split(",")[0], targets.split(",")[0]), set()).add(label)
    there = {key: value for key, value in seen.items() if key[1] == "192.0.2.11"}
    expect_equal(there, {("udp", "192.0.2.11", "192.0.2.21"): {"16", "17"}, ("gre", "192.0.2.11", "192.0.2.22"): {"16"}}, "labels to the routers")
    back = {key: len(value) for key, value in seen.items() if key[1] != "192.0.2.11"}
    expect_equal(back, {("udp", "192.0.2.21", "192.0.2.11"): 2, ("gre", "192.0.2.22", "192.0.2.11"): 2}, "labels from the routers, one a machine")
    nothing_wrong(file)


def vnis_of_linux(results):
    """Ours puts on the VNI that Linux's router told, Linux that of our logical router; each addresses the frame inside to the other one, who routes it."""
    file = pathlib.Path(results) / "router-vxlan" / "latest" / "pcap" / "kernel" / "uplink.pcap"
    record = json.loads((file.parents[2] / "run.json").read_text())
    expect_equal(record["hosts_agree"], True, "sim and kernel agree about a router that speaks VXLAN")
    seen = {}
    for outer, vni, src, dst, ttl in dissect(file, "vxlan && icmp", "ip.src", "vxlan.vni", "eth.src", "eth.dst", "ip.ttl"):
        seen.setdefault((outer.split(",")[0], vni, ttl.split(",")[1]), set()).add((src.split(",")[1], dst.split(",")[1]))
    expect_equal(set(seen), {("192.0.2.11", "6000", "63"), ("192.0.2.21", "5000", "64")}, "who sends by which VNI, after how many routers")
    (ours_to_linux,), (linux_to_ours,) = seen["192.0.2.11", "6000", "63"], seen["192.0.2.21", "5000", "64"]
    expect_equal(ours_to_linux, linux_to_ours[::-1], "MACs inside are those of the two routers")
    expect_equal({vni for (vni,) in dissect(file, "vxlan", "vxlan.vni")}, {"5000", "6000"}, "VNIs on the wire")
    expect(dissect(file, "mpls && icmp && gre", "mpls.label"), "the other VRF's packets are in MPLSoGRE")
    nothing_wrong(file)


# Of the two-node lab, in real time: an agent is killed and started again while its machines talk. The control node keeps its routes meanwhile.
AGENT_DIES = {
    "global-system-config": {"graceful-restart-parameters": {"enable": True, "restart-time": 60, "end-of-rib-timeout": 30, "xmpp-helper-enable": True}},
    "name": "agent-dies", "run": {"on": ["kernel"], "speed": "realtime", "until": "90s"},
    "events": [
        {"id": "settled", "at": "8s", "do": "mark"},
        {"id": "dies", "after": "before", "do": "fail", "target": "virtual-router:compute1"},
        {"id": "next", "after": "headless", "do": "recover", "target": "virtual-router:compute1"},
        {"id": "newcomer", "after": "meanwhile", "delay": "4s", "do": "add", "objects": {"virtual-machines": {
            "pod5": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "red", "instance-ip": "10.1.0.15"}}}}}}],
    "expect": [
        {"id": "before", "after": "settled", "within": "10s", "reachable": {"from": "pod1", "to": "10.1.0.13", "encap": "MPLSoUDP", "loss": 0}},
        {"id": "headless", "after": "dies", "reachable": {"from": "pod1", "to": "10.1.0.13", "loss": 0}},
        {"id": "meanwhile", "after": "next", "reachable": {"from": "pod3", "to": "10.1.0.11", "loss": 0}},
        {"id": "after", "after": "newcomer", "within": "10s", "reachable": {"from": "pod5", "to": "10.1.0.13", "encap": "MPLSoUDP", "loss": 0}},
        {"id": "same", "after": "after", "reachable": {"from": "pod1", "to": "10.1.0.12", "encap": "local", "loss": 0}},
        {"id": "in-step", "after": "after", "invariant": "fib-equals-rib"}]}


def agent_dies(results):
    """Row of headless agents: what the module holds forwards on, and the next agent's tables take its place."""
    overlay = pathlib.Path(results) / "agent-dies.json"
    overlay.write_text(json.dumps(AGENT_DIES))
    result = run(TWO_COMPUTES, "--overlay", overlay, "--results", results)
    expect_equal([result["expectations"]["failed"], result["expectations"]["passed"]], [0, 6], "expectations while an agent dies")


# Of the two-node lab: it comes, settles and goes.
BRIEF = {"name": "brief", "run": {"on": ["kernel"], "until": "20s", "differential": False}, "events": [{"id": "settled", "at": "5s", "do": "mark"}],
         "expect": [{"id": "up", "within": "20s", "invariant": "all-sessions-up"}]}


def machine():
    """The whole machine, ours and not: what a run may not change. Processes are those of a lab: others come and go."""
    said = {" ".join(words): re.sub(r"\d+sec", "", subprocess.run(words, capture_output=True, text=True, check=True).stdout)  # leases run out
            for words in (["ip", "netns", "list"], ["ip", "-o", "-d", "link"], ["ip", "-o", "addr"], ["ip", "route", "show", "table", "all"], ["ip", "rule"])}
    said["sysctls"] = {str(file): file.read_text() for what in ("*forward*", "rp_filter") for file in pathlib.Path("/proc/sys/net").glob(f"**/{what}")}
    said["mounts"] = pathlib.Path("/proc/self/mounts").read_text()
    said["files"] = sorted(str(file) for place in ("/run", "/tmp", "/dev/shm") for which in ("tflab*", "tflab*/**/*") for file in pathlib.Path(place).glob(which))
    said["marked"] = sorted(ours())
    return said


def compare_machines(wanted, what):
    now = machine()
    for part in wanted:
        expect_equal(now[part], wanted[part], f"{part} {what}")


def victims(program):
    """Processes of that program that labs have started meanwhile."""
    started = [int(thing.split()[1]) for thing in ours() - before if thing.startswith("process")]
    return [pid for pid in started if is_vm(pid) == (program == "qemu")]


def killed(results):
    """Rows M01 and M02: whoever is killed, and whenever, nothing is left. The moments are spread over a whole run, which is measured first."""
    overlay = pathlib.Path(results) / "brief.json"
    overlay.write_text(json.dumps(BRIEF))
    words = ["--overlay", str(overlay)]
    as_it_was = machine()
    begun = time.monotonic()
    expect_equal(start(results, words).wait(timeout=90), 0, "exit code of a brief run")
    whole = time.monotonic() - begun
    compare_machines(as_it_was, "after a run that nobody disturbed")
    for moment in range(8):
        process = start(results, words)
        time.sleep(whole * (moment + random.random()) / 8)
        process.kill()
        process.communicate(timeout=60)
        wait_until(lambda: not vms(), 5)  # before anybody cleans up
        tflab("clean", check=0)
        compare_machines(as_it_was, f"after kill -9 of tflab in part {moment} of 8 of a run, and clean")
    for program in ("qemu", "daemon"):
        for moment in range(3):
            process = start(results, words)
            wait_until(lambda: victims(program))
            time.sleep(whole / 8 * moment * random.random())  # a daemon begins when half of the run is over
            os.kill(victims(program)[0], signal.SIGKILL)
            said = process.communicate(timeout=90)[1]
            if program == "qemu":
                expect_equal(process.returncode, 4, f"exit code after kill -9 of a VM ({said})")
                expect(re.search(r"VM virtual-router:compute[12].*it died; its console ended with", said), f"it says which VM died: {said}")
            else:
                expect(process.returncode in (1, 4), f"without its control node a run does not hold: {process.returncode} ({said})")
            compare_machines(as_it_was, f"after kill -9 of a {program} in part {moment} of what is left")


def lacking(results):
    """Row M07: what is missing has a name."""
    with tempfile.TemporaryDirectory() as empty:
        done = tflab("run", TWO_COMPUTES, "--on", "kernel", "--results", results, check=4, env={**os.environ, "TFLAB_VM_DIR": empty})
        expect(f"VMs need {empty}/vmlinux" in done.stderr, f"a missing image is named: {done.stderr}")
        for program in ("ip", "ping"):
            os.symlink(subprocess.run(["which", program], capture_output=True, text=True).stdout.strip(), f"{empty}/{program}")
        done = tflab("run", TWO_COMPUTES, "--on", "kernel", "--results", results, check=4, env={**os.environ, "PATH": empty})
        expect("Debian package qemu-system-x86" in done.stderr, f"a missing package is named: {done.stderr}")
    with tempfile.TemporaryDirectory() as broken:
        os.symlink(IMAGE / "vmlinux", f"{broken}/vmlinux")
        pathlib.Path(broken, "initrd").write_bytes(b"")
        done = tflab("run", TWO_COMPUTES, "--on", "kernel", "--results", results, check=4, env={**os.environ, "TFLAB_VM_DIR": broken})
        expect("Kernel panic" in done.stderr, f"a VM that does not boot is shown by its console: {done.stderr}")
    expect_equal(ours(), before, "nothing left after VMs that did not boot")


with tempfile.TemporaryDirectory() as folder:
    docs(folder)
    labels_of_linux(folder)
    vnis_of_linux(folder)
    agent_dies(folder)
    lacking(folder)
    killed(folder)
