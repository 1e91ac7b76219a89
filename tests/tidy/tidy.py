#!/usr/bin/env python3
"""Small habits that a compiler does not check, over every source file of the project:
a head comment, `#pragma once`, a kind behind every TODO, no leftover markers, no line over 100
columns, no file over 1 MiB, every header included by somebody, nothing tabbed."""
import pathlib, re, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TODO = re.compile(r"\bTODO(?!\((soon|someday|perf|test)\): )")
LEFTOVER = re.compile(r"\b(FIXME|XXX|HACK)\b")
MACHINE = re.compile(r"(?<![\w.])/(work|root|home|farm)/")
OWN = {"tests/tidy/tidy.py"}


def files():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        return [p for p in listed.stdout.split("\n") if p and (ROOT / p).is_file()]
    return [p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*")
            if p.is_file() and not {"build", "results", ".git"} & set(p.relative_to(ROOT).parts)]


def main():
    errors, headers, included = [], set(), set()
    for path in files():
        file = ROOT / path
        if file.stat().st_size > 1 << 20:
            errors.append(f"{path}: over 1 MiB; make it in the build or in the test")
        if path in OWN or file.suffix not in {".h", ".cc", ".py", ".sh", ".c", ".json", ".md", ".cmake", ""}:
            continue
        try:
            text = file.read_text()
        except UnicodeDecodeError:
            continue
        lines = text.split("\n")
        for number, line in enumerate(lines, 1):
            if MACHINE.search(line):
                errors.append(f"{path}:{number}: a path of one machine")
            if file.suffix in {".h", ".cc", ".c", ".py", ".sh"} and (TODO.search(line) or LEFTOVER.search(line)):
                errors.append(f"{path}:{number}: a TODO has a kind, TODO(soon|someday|perf|test): sentence")
        if file.suffix not in {".h", ".cc", ".c"}:
            continue
        for number, line in enumerate(lines, 1):
            if "\t" in line:
                errors.append(f"{path}:{number}: a tab")
            if len(line) > 100 and '"' not in line:
                errors.append(f"{path}:{number}: {len(line)} columns; run clang-format")
            if include := re.match(r'#include "([^"]+)"', line):
                included.add(include[1])
        if file.suffix == ".h":
            headers.add(path)
            if lines[0] != "#pragma once":
                errors.append(f"{path}: starts with #pragma once")
            if not any(line.startswith("//") for line in lines[:12]):
                errors.append(f"{path}: no head comment says what it is for")
    errors += [f"{path}: nobody includes it" for path in sorted(headers - included)]
    print("\n".join(errors) or f"{len(headers)} headers, tidy")
    return bool(errors)


sys.exit(main())
