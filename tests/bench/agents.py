#!/usr/bin/python3
"""One tflab-control, many agents, one network: how long until every agent has been told every port,
and what that costs the control node. Runs in a network namespace of its own.

    ninja -C build/release agent-swarm tflab-control
    tests/bench/agents.py [AGENTS PORTS]        2140 2000 unless said otherwise

Prints one object of JSON. Exit code 0: all was delivered; the goals are judged for the full size."""
import json, os, pathlib, resource, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(os.environ.get("TFLAB_PROGRAMS", ROOT / "build" / "release" / "bin"))
FULL = (2140, 2000)
GOALS = {"total_s": 60, "peak_mib": 500}
CONTROL, FIRST = "10.0.0.1", 0x0A010001  # 10.1.0.1 and up
SKIPPED = 77


def dotted(number):
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def scenario(agents):
    return {
        "tflab": 1, "name": "agents",
        "bgp-routers": {"control": {"router-type": "control-node", "address": CONTROL}},
        "virtual-routers": {f"agent-{i}": {"virtual-router-ip-address": dotted(FIRST + i)} for i in range(agents)},
        "virtual-networks": {"red": {"subnets": ["10.100.0.0/16"], "forwarding-mode": "l3"}},
    }


def ticks_of(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_of(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024


def measure(agents, ports, folder):
    document = folder / "agents.tflab.json"
    document.write_text(json.dumps(scenario(agents)))
    folder.chmod(0o755)
    daemon = subprocess.Popen([PROGRAMS / "tflab-control", "--config", document, "--node", "control"],
                              stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(1)
        idle = peak_of(daemon.pid)
        swarm = subprocess.run([PROGRAMS / "agent-swarm", CONTROL, dotted(FIRST), str(agents), str(ports),
                                "default-domain:default-project:red:red", "240"], stdout=subprocess.PIPE, text=True)
        if not swarm.stdout:
            sys.exit("the swarm ended without a word")
        result = json.loads(swarm.stdout)
        result |= {"case": f"agents-{agents}x{ports}", "complete": swarm.returncode == 0,
                   "daemon_cpu_s": round(ticks_of(daemon.pid), 2), "peak_mib": round(peak_of(daemon.pid), 1),
                   "idle_mib": round(idle, 1)}
    finally:
        daemon.kill()
        daemon.wait()
    result["bytes_per_agent"] = round((result["peak_mib"] - result["idle_mib"]) * 1048576 / agents)
    result["swarm_is_bottleneck"] = result["swarm_cpu_s"] > result["daemon_cpu_s"]
    if (agents, ports) == FULL:
        result["goals"] = {key: {"goal": goal, "met": result[key] < goal} for key, goal in GOALS.items()}
    return result


def main():
    if os.geteuid() != 0:
        print("skipped: a network namespace needs root")
        sys.exit(SKIPPED)
    if os.environ.get("TFLAB_BENCH_INSIDE") is None:
        os.environ["TFLAB_BENCH_INSIDE"] = "1"
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "address", "add", f"{CONTROL}/8", "dev", "lo"], check=True)  # all of 10/8 is here
    resource.setrlimit(resource.RLIMIT_NOFILE, (16384, 16384))
    agents, ports = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else FULL
    with tempfile.TemporaryDirectory() as folder:
        result = measure(agents, ports, pathlib.Path(folder))
    print(json.dumps(result, indent=2))
    sys.exit(0 if result["complete"] and all(g["met"] for g in result.get("goals", {}).values()) else 1)


main()
