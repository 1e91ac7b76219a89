#!/usr/bin/python3
"""vrouter.ko in a kernel that watches memory, locks, sleeping, references and leaks (KASAN, lockdep, PROVE_RCU, DEBUG_ATOMIC_SLEEP, kmemleak): User
Mode Linux of netns-lab/vm/uml.sh. The tests of lab.kmod, all cases of pcap-replay and a lab run there and the kernel has nothing to say; and of
each kind of fault one is planted in a copy of the module, which it must find.

usage: debug.py LAB_KMOD [PLANT...]    ninja uml-debug-image makes the kernel, once, in minutes; without it there is nothing to do here."""
import os, pathlib, re, shutil, subprocess, sys, tempfile, time
from machine import *

TFLAB = os.environ.get("TFLAB_BINARY", str(ROOT / "build/release/bin/tflab"))
KERNEL = "netns-lab/kernel/"

# Name, file, what stands there, what stands there instead, what the kernel then says.
PLANTS = [
    ("a write behind the tables, in C++", KERNEL + "core.cc", "  return new (memory) tflab_core{", "  *(tables.data() + tables.size()) = std::byte{1};\n  return new (memory) tflab_core{",
     r"BUG: KASAN: vmalloc-out-of-bounds in tflab_core_start.*Write of size 1"),
    ("a read behind a packet's buffer", KERNEL + "core.cc", "void tflab_core_frame(tflab_core* core, uint32_t lane, int64_t now, uint16_t vif, uint8_t* buffer,\n                      size_t size) {\n",
     "void tflab_core_frame(tflab_core* core, uint32_t lane, int64_t now, uint16_t vif, uint8_t* buffer,\n                      size_t size) {\n  now += buffer[size + 4096];\n",
     r"BUG: KASAN: \S+ in tflab_core_frame.*Read of size 1"),
    ("a port used when it is freed", KERNEL + "ports.c", "  let_go(port);\n  kfree_rcu(port, rcu);\n", "  kfree(port);\n  let_go(port);\n", r"BUG: KASAN: (slab-)?use-after-free in "),
    ("a port that is never freed", KERNEL + "ports.c", "  kfree_rcu(port, rcu);\n", "", r"unreferenced object \S+ \(size 64\)"),
    ("a lock that softirqs want, taken with them on", KERNEL + "instance.c", "void tflab_inject(struct tflab_instance* instance, u16 vif, const u8* frame, size_t size) {\n",
     "void tflab_inject(struct tflab_instance* instance, u16 vif, const u8* frame, size_t size) {\n  spin_lock(&instance->lock);\n  spin_unlock(&instance->lock);\n",
     r"WARNING: inconsistent lock state"),
    ("memory waited for with a lock held", KERNEL + "instance.c", "alloc_skb(TFLAB_HEADROOM + size, GFP_ATOMIC | __GFP_NOWARN)", "alloc_skb(TFLAB_HEADROOM + size, GFP_KERNEL)",
     r"BUG: sleeping function called from invalid context"),
    ("a pointer of RCU's read without it", KERNEL + "ports.c", "static void let_go(struct tflab_port* port) {\n  struct net_device* device = rtnl_dereference(port->device);\n",
     "static void let_go(struct tflab_port* port) {\n  struct net_device* device = rtnl_dereference(port->device);\n\n  if (rcu_dereference(port->device) != device) return;\n",
     r"WARNING: suspicious RCU usage"),
    ("memory that was not to be had", KERNEL + "ports.c", "  if (!port) return -ENOMEM;\n", "", r"Kernel mode fault at addr 0x0"),
]


def built(image, tree, changed):
    """The module of that tree, in the folder of the image, where all but the one file that has changed is there already."""
    for object in (changed.stem + ".o", f"netns-lab.kernel.{changed.stem}.cxx.o"):
        (image.folder / "kmod" / object).unlink(missing_ok=True)
    done = subprocess.run([tree / KERNEL / "build.sh", image.folder / "kmod"], capture_output=True, text=True,
                          env={**os.environ, "TFLAB_KERNEL_HEADERS": str(image.folder / "headers")})
    if done.returncode != 0:
        sys.exit(f"the module does not build:\n{done.stderr}")
    return pathlib.Path(done.stdout.strip())


def planted(folder, file, there, instead):
    tree = folder / "tree"
    for part in ("vrouter-core", "netns-lab/kernel"):
        shutil.copytree(ROOT / part, tree / part)
    text = (tree / file).read_text()
    if text.count(there) != 1:
        sys.exit(f"{file}: cannot plant a fault, for there is not one place that reads\n{there}")
    (tree / file).write_text(text.replace(there, instead))
    return tree


def catches(image, program, name, file, there, instead, found):
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tflab-plant-") as folder:
        try:
            module = pathlib.Path(shutil.copy(built(image, planted(pathlib.Path(folder), file, there, instead), pathlib.Path(file)), folder))
        finally:
            built(image, ROOT, pathlib.Path(file))
        said = said_by(image, program, module, "KmodF*:KmodShortage.*:-*chance*", 1)
    words = "\n".join(complaints_in(said)) if "@@ end" in said else said  # it may not survive
    if not re.search(found, words, re.S):
        return [f"{name}: planted, and not found. The kernel said:\n{words or said}"]
    line = next(line for line in words.splitlines() if re.search(found.split(".*")[0], line))
    print(f"{name}: {line.strip()} ({time.monotonic() - started:.1f} s)", flush=True)
    return []


def quiet(image, program):
    started = time.monotonic()
    said = said_by(image, program, image.module, "Kmod*:-KmodAbsent.*", int(os.environ.get("TFLAB_ROUNDS", "8")))
    faults = faults_of(said)
    passed = re.findall(r"\[  PASSED  \] (\d+) tests", said)
    print(f"lab.kmod: {passed[-1] if passed else 'no'} tests passed ({time.monotonic() - started:.1f} s)", flush=True)
    return faults + [said] if faults else []


def replayed(image):
    started = time.monotonic()
    done = subprocess.run([TFLAB, "replay", ROOT / "pcap-replay/cases", "--on", "kernel"], capture_output=True, text=True,
                          env={**os.environ, "TFLAB_VM_DIR": str(image.folder)})
    print(f"pcap-replay: {done.stdout.splitlines()[-1] if done.stdout else ''} ({time.monotonic() - started:.1f} s)", flush=True)
    return [] if done.returncode == 0 else [done.stdout + done.stderr]


def lab(image):
    """Two vRouters in such kernels, whose cables are pulled: their cards' driver once gave them up."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tflab-lab-") as results:
        done = subprocess.run([TFLAB, "run", ROOT / "scenarios/features/link-flap.tflab.json", "--on", "sim,kernel", "--results", results, "-f", "json"],
                              capture_output=True, text=True, env={**os.environ, "TFLAB_VM_DIR": str(image.folder)})
        if done.returncode != 0:
            return [done.stdout + done.stderr]
        folders = list((pathlib.Path(results) / "link-flap" / "latest" / "vms").iterdir())
        bad = [line for folder in folders for line in (folder / "dmesg").read_text().split("vrouter: loading out-of-tree", 1)[1].splitlines()
               if re.search(r"WARNING|BUG|Oops|Call Trace|stall|waiting for", line)]
    print(f"link-flap: {len(folders)} VMs, as on sim ({time.monotonic() - started:.1f} s)", flush=True)
    return bad


def main():
    program, chosen = sys.argv[1], sys.argv[2:]
    folder = pathlib.Path(os.environ.get("TFLAB_VM_DIR", ROOT / "build/uml/debug"))
    if not (folder / "linux").exists():
        skip(f"no {folder}/linux (ninja uml-debug-image makes it, in minutes)")
    image = Image(folder)
    faults = []
    if not chosen:
        faults = quiet(image, program) + replayed(image) + lab(image)
    for plant in PLANTS:
        if not chosen or any(word in plant[0] for word in chosen):
            faults += catches(image, program, *plant)
    sys.exit("\n".join(["failed:"] + faults) if faults else 0)


main()
