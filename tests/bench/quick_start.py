#!/usr/bin/python3
"""What a new user waits for: the quick start on either host, a build of everything the launcher needs, and one after
a change. As root, in a checkout whose programs are built:

    tests/bench/quick_start.py [--build]    # --build: also a whole build, in a folder of its own and without ccache

Prints one object of JSON; exit code 1 when a goal is missed. Wall clocks: meant for a machine that does nothing else."""
import json, os, pathlib, statistics, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCENARIO = ROOT / "scenarios" / "two-node-k8s.tflab.json"
TOUCHED = ROOT / "control-core" / "node" / "peers.cc"
PROGRAMS = ("tflab", "tflab-control", "tflab-vrouter", "tflab-echo")
GOALS = {"run_sim_s": 2, "run_netns_s": 30, "build_s": 8 * 60, "rebuild_s": 30}
ROUNDS = 3


def seconds(*words, **more):
    begun = time.monotonic()
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return round(time.monotonic() - begun, 2)


def run_on(host, results):
    return statistics.median(seconds(ROOT / "tflab", "run", SCENARIO, "--on", host, "--results", results) for _ in range(ROUNDS))


def build(folder, **more):
    return seconds("ninja", "-C", folder, "-j", os.cpu_count(), *PROGRAMS, **more)


def rebuild():
    """With the octets as they are and a new date, so that ccache must be kept out."""
    plain = dict(os.environ, CCACHE_DISABLE="1")
    build(ROOT / "build" / "release")
    os.utime(TOUCHED)
    return build(ROOT / "build" / "release", env=plain)


def main():
    with tempfile.TemporaryDirectory(prefix="tflab-bench-") as folder:
        figures = {"run_sim_s": run_on("sim", folder), "run_netns_s": run_on("netns", folder), "rebuild_s": rebuild()}
        if "--build" in sys.argv[1:]:
            fresh = pathlib.Path(folder) / "release"
            plain = dict(os.environ, CCACHE_DISABLE="1")
            subprocess.run(["cmake", "-S", ROOT, "--preset", "release", "-B", fresh], check=True, stdout=subprocess.DEVNULL, env=plain)
            figures["build_s"] = build(fresh, env=plain)
    goals = {name: {"goal": GOALS[name], "met": figure < GOALS[name]} for name, figure in figures.items()}
    print(json.dumps({"processors": os.cpu_count(), "load": os.getloadavg()[0], **figures, "goals": goals}, indent=2))
    sys.exit(0 if all(goal["met"] for goal in goals.values()) else 1)


main()
