#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The device-tree bindings of the paravirtual guest, held to dt-schema, and the
guest's device trees, held to them.

usage: bindings.py FOLDER TREE...
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

NEEDED = ("dt-doc-validate", "dt-extract-example", "dt-validate", "dtc")


def output_of(*argv, text=None):
    """What a program says on both outputs: some say what is wrong and exit with 0."""
    done = subprocess.run([str(word) for word in argv], input=text, capture_output=True, text=True,
                          timeout=120, check=False)
    if done.returncode:
        return done.stdout + done.stderr + f"{argv[0]}: exit status {done.returncode}"
    return done.stdout + done.stderr


def stage(folder, base):
    """Copies of the bindings where their $id says that the kernel has them."""
    for binding in sorted(folder.glob("*.yaml")):
        path = re.search(r"^\$id: http://devicetree.org/schemas/(\S+)#$", binding.read_text(), re.M)
        copy = base / (path[1] if path else binding.name)
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(binding, copy)
        yield copy


def complaints(base, source):
    """What the bindings in a folder have to say of a device tree."""
    tree = base / "example.dtb"
    said = output_of("dtc", "-q", "-@", "-O", "dtb", "-o", tree, "-", text=source)
    return said or output_of("dt-validate", "-s", base, tree)


def required_of(binding):
    """Properties that the binding requires, but for compatible, which selects it."""
    listed = re.search(r"^required:\n((?:  - .*\n)+)", binding.read_text(), re.M)
    return [line[4:] for line in listed[1].splitlines() if line != "  - compatible"]


def without(source, name):
    return re.sub(rf"^\s*{re.escape(name)} = .*\n", "", source, flags=re.M)


def check(binding, base):
    """Sentences and whether they hold."""
    name = binding.name
    said = output_of("dt-doc-validate", "-u", base, binding)
    yield f"{name} is a binding", said
    source = output_of("dt-extract-example", binding)
    yield f"{name} accepts its example", complaints(base, source)
    for required in required_of(binding):
        said = complaints(base, without(source, required))
        refused = f"'{required}' is a required property" in said
        yield f"{name} refuses a node without {required}", "" if refused else f"it said: {said!r}"
    unknown = source.replace("compatible = \"tzvmm,", "tzvmm,unknown; compatible = \"tzvmm,")
    said = complaints(base, unknown)
    refused = "'tzvmm,unknown' does not match" in said
    yield f"{name} refuses an unknown property", "" if refused else f"it said: {said!r}"


def checks(base, folder, trees):
    """The same, of everything."""
    for binding in list(stage(folder, base)):
        yield from check(binding, base)
    for tree in trees:
        source = output_of("dtc", "-q", "-I", "dtb", "-O", "dts", tree)
        yield f"{tree.name} is as the bindings want it", complaints(base, source)


def main():
    missing = [tool for tool in NEEDED if shutil.which(tool) is None]
    if missing:
        print(f"1..0 # SKIP {', '.join(missing)} missing: install dt-schema and device-tree-compiler")
        return 77
    number = bad = 0
    with tempfile.TemporaryDirectory() as name:
        base = pathlib.Path(name)
        folder, *trees = map(pathlib.Path, sys.argv[1:])
        for sentence, wrong in checks(base, folder, trees):
            number += 1
            bad += bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {number} {sentence}")
            for line in wrong.splitlines():
                print(f"# {line}")
    print(f"1..{number}")
    return 1 if bad or not number else 0


if __name__ == "__main__":
    sys.exit(main())
