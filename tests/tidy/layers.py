#!/usr/bin/env python3
"""Holds the tree against the `layers` block of ARCHITECTURE.md.

A line `module: below ...` lets files in `module` include from themselves and from the modules
named after the colon, all of which must stand on earlier lines: the list is the order, so a cycle
cannot be written down. `dir/*` names every earlier module in that folder, `*` every earlier one.
A source file without a line is an error.
"""
import pathlib, re, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = {".h", ".cc", ".c"}
OS_HEADERS = re.compile(
    r"<(sys/|net/|netinet/|arpa/|linux/|boost/asio|ns3/|unistd|fcntl|chrono|thread|mutex|atomic|"
    r"fstream|iostream|ctime|time\.h|random|filesystem)")
SANS_IO = ("vrouter-core/", "control-core/")
SKIPPED = {"build", "results", ".git"}


def read_layers():
    block = re.search(r"```layers\n(.*?)```", (ROOT / "ARCHITECTURE.md").read_text(), re.S)
    table, errors = {}, []
    for line in block[1].splitlines():
        module, _, names = line.partition(":")
        below = set()
        for name in names.split():
            if name == "*":
                below |= set(table)
            elif name.endswith("/*"):
                below |= {m for m in table if m.startswith(name[:-1])}
            elif name in table:
                below.add(name)
            else:
                errors.append(f"ARCHITECTURE.md: {module} stands above {name}, which is not listed before it")
        table[module] = below
    return table, errors


def module_of(path, table):
    return next((m for m in sorted(table, key=len, reverse=True) if path.startswith(m + "/")), None)


def main():
    table, errors = read_layers()
    used = set()
    for file in sorted(p for p in ROOT.rglob("*") if p.suffix in SOURCES):
        path = file.relative_to(ROOT).as_posix()
        if SKIPPED & set(path.split("/")):
            continue
        here = module_of(path, table)
        if not here:
            errors.append(f"{path}: no module in ARCHITECTURE.md covers it")
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if include := re.match(r'#include "([^"]+)"', line):
                there = module_of(include[1], table)
                if there is None:
                    errors.append(f"{path}:{number}: include {include[1]} by its path from the root")
                elif there != here and there not in table[here]:
                    errors.append(f"{path}:{number}: {here} may not include {there}")
                used.add((here, there))
            if here.startswith(SANS_IO) and OS_HEADERS.match(line.removeprefix("#include ")):
                errors.append(f"{path}:{number}: the cores have no clock, thread or file: {line}")
    print("\n".join(errors) or f"{len(table)} modules, {len(used)} include edges, none upward")
    return bool(errors)


sys.exit(main())
