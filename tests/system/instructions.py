#!/usr/bin/python3
"""No row of `tflab bench forwarding` and `replay` takes more instructions a packet than golden/instructions.json says, within
its tolerance. Callgrind counts, so a busy machine changes nothing; another compiler does, and then there is nothing to compare.
    tests/system/instructions.py --update     writes what is counted now, for a commit that says why"""
import shutil
from lab import *

GOLDEN = ROOT / "tests" / "golden" / "instructions.json"
BENCHES = ("forwarding", "replay")


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def count():
    """What the binary was compiled with, and instructions by row."""
    rows = {}
    for bench in BENCHES:
        answer = json.loads(tflab("bench", bench, "--instructions", "-f", "json", timeout=280, check=0).stdout)
        rows |= {row["name"]: round(row["instructions"], 1) for row in answer["cases"]}
    return answer["machine"]["compiler"], rows


if not shutil.which("valgrind"):
    skip("there is no valgrind")
compiler, now = count()
if "--update" in sys.argv:
    GOLDEN.write_text(json.dumps({"compiler": compiler, "tolerance": 0.03, "rows": now}, indent=1) + "\n")
    sys.exit(0)

golden = json.loads(GOLDEN.read_text())
if golden["compiler"] != compiler:
    skip(f"counted with {golden['compiler']}; this binary is of {compiler}")
expect_equal(sorted(now), sorted(golden["rows"]), "rows (renew the file with --update)")
dearer, cheaper = [], []
for name, was in golden["rows"].items():
    by = now[name] / was - 1
    if abs(by) > golden["tolerance"]:
        (dearer if by > 0 else cheaper).append(f"{name}: {was} -> {now[name]} ({by:+.1%})")
for line in cheaper:
    print("cheaper, worth an --update:", line)
expect(not dearer, "instructions a packet: " + "; ".join(dearer))
