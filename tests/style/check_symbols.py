#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""libtzvmm.a needs nothing but what it says, and has no writable data.

usage: check_symbols.py NM SIZE LIBRARY
"""
import re
import subprocess
import sys

# Four functions of the C library, and what a port is linked with. The prefixes
# are those that sanitizers and coverage add to a build that is tested.
ALLOWED = re.compile(r"mem(cpy|set|cmp|move)|tzvmm_(dma|mmio|shared)_\w+|"
                     r"__(asan|ubsan|gcov|llvm|stack_chk|sanitizer)_\w+|__aeabi_\w+|"
                     r"_GLOBAL_OFFSET_TABLE_")
# Constant tables of pointers are relocated before they become read-only.
WRITABLE = re.compile(r"\.(t?data|t?bss)(?!\.rel\.ro)")
INSTRUMENTED = re.compile(r"__(asan|ubsan|gcov)_")


def symbols(nm, library):
    out = subprocess.run([nm, "-P", library], capture_output=True, text=True, check=True).stdout
    member = "?"
    for line in out.splitlines():
        header = re.search(r"\[(.*)\]:$", line)
        fields = line.split()
        if header:
            member = header[1]
        elif len(fields) >= 2:
            yield member, fields[0], fields[1]


def sections(size, library):
    out = subprocess.run([size, "-A", library], capture_output=True, text=True, check=True).stdout
    member = "?"
    for line in out.splitlines():
        fields = line.split()
        if "(ex " in line:
            member = fields[0]
        elif len(fields) == 3 and fields[1].isdigit():
            yield member, fields[0], int(fields[1])


def main():
    nm, size, library = sys.argv[1:]
    found = list(symbols(nm, library))
    defined = {name for _, name, kind in found if kind not in "Uwv"}
    instrumented = any(INSTRUMENTED.match(name) for _, name, _ in found)
    bad = 0
    if not defined:
        print("no symbol defined at all")
        return 1
    for member, name, kind in found:
        what = None
        if kind == "U" and name not in defined and not ALLOWED.fullmatch(name):
            what = "needed, and nobody has promised it"
        elif kind in "wWvV" and not instrumented:
            what = "weak"
        if what:
            print(f"{member}: {name}: {what}")
            bad += 1
    for member, section, length in sections(size, library):
        if WRITABLE.match(section) and length > 0 and not instrumented:
            print(f"{member}: {length} bytes of {section}")
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
