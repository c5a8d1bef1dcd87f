#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""House rules that a compiler does not check, over the tracked files.

usage: check_style.py TOP {text|format} [CLANG_FORMAT]
"""
import pathlib
import re
import subprocess
import sys

LINE_LIMIT = 100
TAB = 8
GENERATED_OR_FOREIGN = ("LICENSES/", "LICENSE")
# Lists, prose and data: under the licence that LICENSE names for their folder.
NO_HEADER = (".gitignore", "meson_options.txt", "packages.txt", "guest-packages.txt",
             "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md",
             "nobody.digests", "nobody.pem")
NO_HEADER_FOLDERS = ("docs/", "cross/", ".ci/", "tools/guest-root/", "guest/linux/patches/",
                     "tests/fuzz/corpus/", "tests/fuzz/seeds/")
MACHINE_PATH = re.compile(r"(?<![\w./-])/(work|root|farm|tmp)/[\w.]")
# The guest's own /root and /tmp are no paths of the machine that builds.
GUEST_PATHS = ("tools/", "tests/system/", "tests/style/", "docs/")
HEAP_OR_STDIO = re.compile(r"\b(malloc|calloc|realloc|free|v?s?n?f?printf|puts|abort|assert)\s*\(")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)


def tracked(top):
    """Names of the tracked files that are there."""
    out = subprocess.run(["git", "-C", top, "ls-files", "-z"],
                         capture_output=True, text=True, check=True).stdout
    return [name for name in out.split("\0") if name and (top / name).is_file()]


def is_c(name):
    return name.endswith((".c", ".h"))


def guard_of(name):
    """TZVMM_PATH_FILE_H; a port's folder is its module's prefix."""
    parts = pathlib.PurePosixPath(name).parts
    if parts[0] == "include":
        parts = parts[1:]
    elif parts[0] == "ports":
        parts = ("tzvmm",) + parts[1:]
    else:
        parts = ("tzvmm",) + parts[-2:]
    words = [re.sub(r"\W", "_", part).upper() for part in parts]
    return "_".join(words)


def guards_allowed(name):
    """The full form, without the project's prefix where the file is not public,
    and without a folder that the file's own name repeats."""
    full = guard_of(name)
    allowed = {full}
    if not name.startswith("include/"):
        allowed.add(full.removeprefix("TZVMM_"))
        stem = re.sub(r"\W", "_", pathlib.PurePosixPath(name).name).upper()
        allowed.update({stem, "TZVMM_" + stem, "TESTS_" + stem, "TZVMM_TESTS_" + stem})
        allowed.add("TZVMM_" + re.sub(r"\W", "_", name).upper())
    return allowed


def check_guard(name, text):
    found = re.search(r"^#ifndef (\w+)\n#define (\w+)\n", text, re.M)
    if not found or found[1] != found[2]:
        yield "no include guard"
    elif found[1] not in guards_allowed(name):
        yield f"include guard {found[1]}, expected {guard_of(name)}"
    # QEMU's own headers end in a bare #endif.
    elif not name.startswith("emulator/") and not text.rstrip().endswith(f"#endif /* {found[1]} */"):
        yield "the last line does not name the include guard"


def check_lib(text):
    for number, line in enumerate(text.splitlines(), 1):
        included = INCLUDE.match(line)
        if included and not included[1].startswith(("tzvmm/", "std", "string.h")) \
                and "/" in included[1]:
            yield f"line {number}: lib/ includes <{included[1]}>"
    code = COMMENT.sub(lambda m: "\n" * m[0].count("\n"), text)
    for number, line in enumerate(code.splitlines(), 1):
        found = HEAP_OR_STDIO.search(line)
        if found:
            yield f"line {number}: {found[1]}() in lib/"


def check_abi(text):
    for line in text.splitlines():
        included = INCLUDE.match(line)
        if included and included[1] not in ("stdint.h", "stddef.h"):
            yield f"an ABI header includes <{included[1]}>"


def check_lines(name, text):
    for number, line in enumerate(text.splitlines(), 1):
        if (is_c(name) or name.endswith((".S", ".ld"))) and len(line.expandtabs(TAB)) > LINE_LIMIT:
            yield f"line {number}: longer than {LINE_LIMIT} columns"
        if line.endswith((" ", "\t")) and not name.endswith((".md", ".patch")):
            yield f"line {number}: blanks at its end"
        found = MACHINE_PATH.search(line)
        if found and not (found[1] in ("root", "tmp") and name.startswith(GUEST_PATHS)):
            yield f"line {number}: path of a machine: {line.strip()[:60]}"


def licence_of(name):
    """What LICENSE says of a folder."""
    if name.startswith("emulator/"):
        return "GPL-2.0-or-later"
    if name.startswith("guest/linux/"):
        return "(GPL-2.0-only OR BSD-2-Clause)"
    return "BSD-2-Clause"


def check_licence(name, text):
    found = re.search(r"SPDX-License-Identifier: (\([^)]*\)|\S+)", "\n".join(text.splitlines()[:3]))
    needed = licence_of(name)
    if not found:
        if pathlib.PurePosixPath(name).name not in NO_HEADER and not name.startswith(NO_HEADER_FOLDERS):
            yield "no SPDX header in the first three lines"
    elif found[1] != needed:
        yield f"licence {found[1]}, expected {needed}"


def check_file(name, text):
    yield from check_licence(name, text)
    yield from check_lines(name, text)
    if name.endswith(".h"):
        yield from check_guard(name, text)
    if name.startswith("lib/") and is_c(name):
        yield from check_lib(text)
    if name.startswith("include/tzvmm/abi/"):
        yield from check_abi(text)


def check_text(top):
    bad = 0
    for name in tracked(top):
        if name.startswith(GENERATED_OR_FOREIGN):
            continue
        try:
            text = (top / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if not text:
            continue
        for what in check_file(name, text):
            print(f"{name}: {what}")
            bad += 1
    return bad


def check_format(top, clang_format):
    names = [name for name in tracked(top) if is_c(name) and not name.startswith("emulator/")]
    done = subprocess.run([clang_format, "-n", "-Werror", "--ferror-limit=1", *names], cwd=top,
                          capture_output=True, text=True, check=False)
    wrong = sorted({line.split(":")[0] for line in done.stderr.splitlines() if ": error:" in line})
    for name in wrong:
        print(f"{name}: not as clang-format writes it; run clang-format-14 -i {name}")
    return len(wrong) or done.returncode


def main():
    top = pathlib.Path(sys.argv[1])
    if not (top / ".git").exists():
        print("not a git checkout: skipped")
        return 77
    if sys.argv[2] == "format":
        return 1 if check_format(top, sys.argv[3]) else 0
    return 1 if check_text(top) else 0


if __name__ == "__main__":
    sys.exit(main())
