#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compile the model's sources with the flags that QEMU's own build has for a
file of the ARM target, and link them into a shared object."""

import json
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

REFERENCE = 'hw/arm/virt.c'
# What belongs to the reference file, not to its compilation.
DROP_WITH_VALUE = {'-o', '-MQ', '-MF', '-c'}


def reference_flags(build: Path) -> list[str]:
    for entry in json.loads((build / 'compile_commands.json').read_text()):
        if entry['file'].endswith(REFERENCE):
            words = iter(shlex.split(entry['command']))
            flags = []
            for word in words:
                if word in DROP_WITH_VALUE:
                    next(words)
                else:
                    flags.append(word)
            return flags
    sys.exit(f'module.py: QEMU has no {REFERENCE}; is this QEMU 7.2?')


def dependencies(depfile: Path) -> list[Path]:
    if not depfile.exists():
        return []
    text = depfile.read_text().replace('\\\n', ' ')
    return [Path(p) for p in text.split(':', 1)[1].split()]


def is_fresh(obj: Path, depfile: Path, build: Path) -> bool:
    if not obj.exists() or not depfile.exists():
        return False
    made = obj.stat().st_mtime
    paths = [build / p for p in dependencies(depfile)]
    return all(p.exists() and p.stat().st_mtime <= made for p in paths)


def compile_one(source: Path, objdir: Path, build: Path, flags: list[str]) -> bool:
    obj = objdir / (source.stem + '.o')
    dep = objdir / (source.stem + '.d')
    if is_fresh(obj, dep, build):
        return False
    subprocess.run(flags + ['-Wno-redundant-decls', '-fPIC', '-Werror', '-I', str(source.parent),
                            '-MF', str(dep), '-MT', str(obj), '-o', str(obj), '-c', str(source)],
                   cwd=build, check=True)
    return True


def headers(build: Path) -> None:
    """The generated headers that QEMU's sources include."""
    if (build / 'headers.stamp').exists():
        return
    print('emulator: generating QEMU\'s headers (once)', flush=True)
    text = (build / 'build.ninja').read_text()
    targets = sorted({t for t in re.findall(r'^build ([^:|]+?)(?: \||:)', text, re.M)
                      for t in t.split() if t.endswith('.h') and not t.startswith('tests/')})
    subprocess.run(['ninja', '-C', str(build), '--quiet'] + targets, check=True,
                   stdout=subprocess.DEVNULL)
    (build / 'headers.stamp').touch()


def main() -> None:
    build, _src, model, out = (Path(a).resolve() for a in sys.argv[1:5])
    headers(build)
    flags = reference_flags(build)
    objdir = build / 'imx53-objects'
    objdir.mkdir(exist_ok=True)
    sources = sorted(model.glob('*.c'))
    with ThreadPoolExecutor(2) as pool:
        try:
            changed = list(pool.map(lambda s: compile_one(s, objdir, build, flags), sources))
        except subprocess.CalledProcessError:
            sys.exit('module.py: the model does not compile')
    if not out.exists() or any(changed):
        print('emulator: linking the model', flush=True)
        subprocess.run([flags[0], '-shared', '-o', str(out)] +
                       [str(objdir / (s.stem + '.o')) for s in sources], check=True)


if __name__ == '__main__':
    main()
