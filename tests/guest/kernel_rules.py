#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The drivers of the paravirtual guest, held to the kernel's own rules: they
compile without a warning, of sparse either, and checkpatch is content.

usage: kernel_rules.py TOP [KERNEL]

KERNEL is a build folder of a prepared kernel; by default the environment's
TZVMM_KERNEL.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

CROSS = "arm-linux-gnueabihf-"
NEEDED = (CROSS + "gcc", "sparse", "make", "perl")


def run(argv, **more):
    done = subprocess.run([str(word) for word in argv], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=600, check=False, **more)
    return done.returncode, done.stdout


def stage(top, base):
    """A copy of what a build needs, as it would write into the folder."""
    for name in ("guest/linux", "include/tzvmm/abi"):
        shutil.copytree(top / name, base / name,
                        ignore=shutil.ignore_patterns("*.o", "*.ko", "*.mod*", ".*.cmd"))
    return base / "guest/linux"


def make(kernel, folder, console, *targets):
    """Compile with the kernel's extra warnings and with sparse, the console built in (y) or
    a module (m); returns what is wrong."""
    status, said = run(["make", "-C", kernel, f"M={folder}", "ARCH=arm", f"CROSS_COMPILE={CROSS}",
                        "W=1", "C=2", "CF=-Wsparse-error", f"CONFIG_HVC_TZVMM={console}",
                        "CONFIG_VIRTIO_TZVMM=m", "CONFIG_TZVMM_HOSTILE=m", *targets])
    wrong = [line for line in said.splitlines() if re.search(r"\b(warning|error)\b", line, re.I)]
    return "\n".join(wrong) or (said if status else "")


def source_of(kernel):
    """The source tree of a build folder, which may be the same."""
    link = kernel / "source"
    return link.resolve() if link.exists() else kernel


def objects(folder):
    return [path.with_suffix(".o").name for path in sorted(folder.glob("*.c"))]


def checks(top, kernel, base):
    """Sentences, and what is wrong with them."""
    folder = stage(top, base)
    makefiles = [path.parent for path in sorted(folder.rglob("Makefile"))]
    for module in makefiles:
        name = module.relative_to(base)
        for console in "ym":
            yield f"{name} compiles without a warning, console={console}", \
                make(kernel, module, console, *objects(module))
    checkpatch = source_of(kernel) / "scripts/checkpatch.pl"
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".c", ".h") and not path.name.endswith(".mod.c") \
                or path.name in ("Kconfig", "Makefile"):
            status, said = run([checkpatch, "--no-tree", "--strict", "--quiet", "--terse", "-f", path])
            yield f"{path.relative_to(base)} is as checkpatch wants it", said if status else ""
    for path in sorted(folder.glob("patches/*.patch")):
        status, said = run([checkpatch, "--no-tree", "--strict", "--quiet", "--terse", path])
        yield f"{path.name} is as checkpatch wants it", said if status else ""


def skip(why):
    print(f"1..0 # SKIP {why}")
    return 77


def main():
    top = pathlib.Path(sys.argv[1]).resolve()
    named = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("TZVMM_KERNEL")
    missing = [tool for tool in NEEDED if shutil.which(tool) is None]
    if missing:
        return skip(f"{', '.join(missing)} missing")
    if not named or not (pathlib.Path(named) / "include/generated/autoconf.h").exists():
        return skip(f"no prepared kernel in {named}; ./check guest makes one")
    number = bad = 0
    with tempfile.TemporaryDirectory() as name:
        for sentence, wrong in checks(top, pathlib.Path(named).resolve(), pathlib.Path(name)):
            number += 1
            bad += bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {number} {sentence}", flush=True)
            for line in wrong.splitlines():
                print(f"# {line}")
    print(f"1..{number}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
