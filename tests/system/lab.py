#!/usr/bin/python3
import json, os, pathlib, re, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TFLAB = os.environ.get("TFLAB_BINARY", str(ROOT / "build" / "release" / "bin" / "tflab"))
TWO_NODES = str(ROOT / "scenarios" / "two-node-k8s.tflab.json")
SKIPPED = 77


def tflab(*words, timeout=120, check=None, **more):
    """Runs tflab; `check` is the exit code that must come back."""
    done = subprocess.run([TFLAB, *map(str, words)], capture_output=True, text=True, timeout=timeout, **more)
    if check is not None and done.returncode != check:
        sys.exit(f"tflab {' '.join(map(str, words))[:300]}: exit {done.returncode}, wanted {check}\n{done.stdout}\n{done.stderr}")
    return done


def run(*words, check=0, **more):
    return json.loads(tflab("run", *words, "-f", "json", "--progress", "none", check=check, **more).stdout)


def need_root():
    if os.geteuid() != 0:
        print("skipped: network namespaces need root")
        sys.exit(SKIPPED)


def is_vm(process):
    """Whether it is a qemu, and one of a lab."""
    try:
        return "qemu" in os.readlink(f"/proc/{process}/exe") and b"TFLAB_LAB=" in pathlib.Path(f"/proc/{process}/environ").read_bytes()
    except OSError:
        return False


PROGRAMS = "tflab-programs"  # one executable, which is all daemons of a lab


def ours():
    """Everything on the machine that carries our mark: namespaces, links, processes, state."""
    found = set()
    for line in subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout.splitlines():
        if line.startswith("tflab-"):
            found.add("netns " + line.split()[0])
    for line in subprocess.run(["ip", "-o", "link"], capture_output=True, text=True).stdout.splitlines():
        name = re.split(r"[:@ ]+", line)[1]
        if name.startswith("tf"):
            found.add("link " + name)
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            program = os.readlink(entry / "exe")
        except OSError:
            continue
        name = os.path.basename(program.removesuffix(" (deleted)"))
        if name == PROGRAMS or (name == "qemu-system-x86_64" and is_vm(entry.name)):
            found.add("process " + entry.name)
    state = pathlib.Path(os.environ.get("TFLAB_STATE_DIR", "/run/tflab"))
    if state.is_dir():
        found |= {"state " + p.name for p in state.iterdir() if p.is_dir()}
    return found


def expect(true, sentence):
    if not true:
        sys.exit("FAILED: " + sentence)


def expect_equal(got, wanted, what):
    if got != wanted:
        sys.exit(f"FAILED: {what}\n  wanted: {wanted}\n  got:    {got}")
