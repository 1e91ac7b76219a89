#!/usr/bin/python3
"""vrouter.ko in a VM does with every case what the core does on its bench; and with every frame of the public captures, whatever
is wrong with it, arriving from the fabric and from a machine."""
import pathlib, shutil, tempfile
from lab import *

need_root()
CASES = ROOT / "pcap-replay" / "cases"
CORPORA = pathlib.Path(os.environ.get("TFLAB_CORPORA", ROOT.parent / "shared" / "corpora")) / "pcap_dataplane"
ETH0, VM1 = 0, 3  # of compute-node.json
# Two frames end behind their tag. The module passes them on to the node, and Linux takes them off no device: nobody could see them.
CUT_OFF = ("ovs_flow_extract_fuzz_seeds", ETH0)
before = ours()


def through_the_kernel(folder):
    done = tflab("replay", folder, "--on", "kernel", "-f", "json", timeout=250)
    if done.returncode == 4:
        print(f"skipped: VMs do not run here: {done.stderr}")
        sys.exit(SKIPPED)
    result = json.loads(done.stdout)
    wrong = [(case["case"], [line[:200] for line in case["differences"][:5]]) for case in result["list"] if not case["holds"]]
    expect_equal(wrong[:3], [], f"cases, of {len(wrong)}, that the kernel plays differently")
    print(f"{result['cases']} cases in the kernel, {result['frames']} frames, {result['packets']} packets and {result['counters']} counters compared")
    return result


expect(through_the_kernel(CASES)["cases"] >= 300, "all cases are played")
with tempfile.TemporaryDirectory(prefix="tflab-corpora-") as folder:
    folder = pathlib.Path(folder)
    shutil.copy(CASES / "compute-node.json", folder)
    for file in sorted(CORPORA.glob("*.pcap*")) if CORPORA.is_dir() else []:
        for vif in (ETH0, VM1):
            if (file.stem, vif) == CUT_OFF:
                continue
            case = folder / f"{file.name}-{vif}"
            case.mkdir()
            (case / "tables.json").write_text(json.dumps({"base": "../compute-node.json", "ops": [], "in": vif}))
            shutil.copy(file, case / f"in{file.suffix}")
    if not CORPORA.is_dir():
        print("skipped: there are no public captures here")
    else:
        # What the core on the bench makes of them is what is wanted. Captures that are no Ethernet, or broken, are told of.
        expect(json.loads(tflab("replay", folder, "--update", "-f", "json").stdout)["updated"] > 400, "most captures are played")
        for case in folder.iterdir():
            if case.is_dir() and not (case / "counters.json").exists():
                shutil.rmtree(case)
        through_the_kernel(folder)

for wrong in (["--on", "sim"], ["--on", "kernel", "--update"]):
    expect("in this process" in tflab("replay", CASES, *wrong, check=2).stderr, f"{wrong} is refused")
expect_equal(ours(), before, "nothing of ours is left")
